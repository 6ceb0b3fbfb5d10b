/* An extension as most were written before free-threaded builds: initialised in one phase, silent about the GIL.
   NAME is the module's own name, without its package. */
#include <Python.h>

#define TEXT_(name) #name
#define TEXT(name) TEXT_(name)
#define INIT_(name) PyInit_##name
#define INIT(name) INIT_(name)

static PyObject *one(PyObject *module, PyObject *unused) { return PyLong_FromLong(1); }
static PyMethodDef methods[] = {{"one", one, METH_NOARGS, "1"}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, TEXT(NAME), NULL, -1, methods};

PyMODINIT_FUNC INIT(NAME)(void) { return PyModule_Create(&definition); }

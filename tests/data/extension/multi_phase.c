/* An extension that is initialised in two phases. With DECLARED it says that it can run without the GIL; without, it
   has slots but none for the GIL, which counts as "needs it". NAME is the module's own name, without its package. */
#include <Python.h>

#define TEXT_(name) #name
#define TEXT(name) TEXT_(name)
#define INIT_(name) PyInit_##name
#define INIT(name) INIT_(name)

static PyObject *one(PyObject *module, PyObject *unused) { return PyLong_FromLong(1); }
static PyMethodDef methods[] = {{"one", one, METH_NOARGS, "1"}, {NULL, NULL, 0, NULL}};
static int execute(PyObject *module) { return PyModule_AddIntConstant(module, "phases", 2); }
static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
#if defined(DECLARED) && defined(Py_mod_gil)
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, TEXT(NAME), NULL, 0, methods, slots};

PyMODINIT_FUNC INIT(NAME)(void) { return PyModuleDef_Init(&definition); }

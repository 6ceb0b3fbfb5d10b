"""What runs in the interpreters that are measured: programs of the standard library, on CPython 3.9 and later.

They import nothing of ours but each other and are imported by nobody. `worker` times kernels (with `inspection` and
`confines`), `probe` tells what an interpreter is, `clock` what its clock costs.
"""

"""lacking.py WHAT PROGRAM...: the program, as on a kernel without landlock,
seccomp or openat2: a filter of ours answers for the kernel."""

import ctypes
import errno
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, IS, RETURN = 0x20, 0x15, 0x06
NUMBER, FIRST_ARGUMENT = 0, 16
ALLOW, FAIL = 0x7fff0000, 0x00050000
NUMBERS = {  # x86_64, aarch64
    "x86_64": {"prctl": 157, "seccomp": 317, "landlock": 444, "openat2": 437},
    "aarch64": {"prctl": 167, "seccomp": 277, "landlock": 444, "openat2": 437},
}[os.uname().machine]


def op(code, value, is_so=0, is_not=0):
    return struct.pack("HBBI", code, is_so, is_not, value)




def without(call):
    return [
        op(LOAD, NUMBER),
        op(IS, NUMBERS[call], 0, 1),
        op(RETURN, FAIL | errno.ENOSYS),
        op(RETURN, ALLOW),
    ]


SECCOMP = [
    op(LOAD, NUMBER),
    op(IS, NUMBERS["seccomp"], 3, 0),
    op(IS, NUMBERS["prctl"], 0, 3),
    op(LOAD, FIRST_ARGUMENT),
    op(IS, PR_SET_SECCOMP, 0, 1),
    op(RETURN, FAIL | errno.EINVAL),
    op(RETURN, ALLOW),
]


def main():
    what = sys.argv[1]
    steps = SECCOMP if what == "seccomp" else without(what)
    code = ctypes.create_string_buffer(b"".join(steps))
    program = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    for words in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
                  (PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
                   ctypes.c_void_p(ctypes.addressof(program)), 0, 0)):
        if libc.prctl(*words) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    os.execv(sys.argv[2], sys.argv[2:])


main()

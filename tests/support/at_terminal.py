#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""at_terminal.py TYPED COMMAND…: runs a command at a terminal of 33 lines and 99 columns, types TYPED and
the return key once the command has shown a prompt, and prints what is on the screen. The exit status is the
command's. With --resize the terminal has 44 lines and 111 columns from then on."""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

PATIENCE = 120
ESCAPE = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]")


def set_size(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def main():
    arguments = sys.argv[1:]
    resize = arguments[0] == "--resize"
    if resize:
        arguments.pop(0)
    typed, command = arguments[0], arguments[1:]
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "dumb"
        os.execvp(command[0], command)
    set_size(terminal, 33, 99)
    screen = b""
    has_typed = False
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        ready = select.select([terminal], [], [], 1)[0]
        if ready:
            try:
                got = os.read(terminal, 65536)
            except OSError:
                break
            if not got:
                break
            screen += got
        shown = ESCAPE.sub(b"", screen).rstrip()
        if not has_typed and (shown.endswith((b"$", b"#", b">")) or b"ready" in shown):
            has_typed = True
            if resize:
                set_size(terminal, 44, 111)
                time.sleep(0.6)
            os.write(terminal, typed.encode() + b"\r")
    else:
        os.kill(child, 9)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.stdout.write(ESCAPE.sub(b"", screen).decode(errors="replace").replace("\r\n", "\n"))
    sys.exit(status if status >= 0 else 128 - status)


main()

"""A program's standard error as a person at a terminal sees it."""
import os
import pty
import signal
import subprocess


def seen_on_a_terminal(command, until):
    """All that `command` writes on a terminal up to and with `until`, after which it is interrupted, and its exit
    status. Without `until` in what it writes: all of it. The command should be one that runs for long."""
    screen, terminal = pty.openpty()
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=terminal) as run:
        os.close(terminal)
        text = b""
        try:
            while piece := os.read(screen, 4096):
                if until in text:
                    continue
                text += piece
                if until in text:
                    run.send_signal(signal.SIGINT)
        except OSError:  # the end of a terminal
            pass
    os.close(screen)
    return text, run.returncode

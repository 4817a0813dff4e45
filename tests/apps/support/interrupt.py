"""A run that is interrupted as by Ctrl-C in its middle."""
import shutil
import signal
import subprocess
import time

from support.progress import without_progress


def interrupted(test, command, out, ready):
    """What `command` writes on standard error when it is interrupted as soon as `ready()`. A run that is faster than
    that is started again, without its folder `out`; the last of a few counts as it is."""
    for _ in range(5):
        shutil.rmtree(out, ignore_errors=True)
        with subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True) as run:
            while run.poll() is None and not ready():
                time.sleep(0.002)
            run.send_signal(signal.SIGINT)
            error = run.communicate(timeout=60)[1]
        if run.returncode != 0:
            break
    test.assertEqual(run.returncode, 130, error)
    return without_progress(error)


def lines(file):
    return file.read_bytes().count(b"\n") if file.exists() else 0

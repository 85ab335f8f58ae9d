"""What the kernel counts of processes: processor time, context switches and memory (proc(5))."""

import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def process_seconds(pid):
    """Processor time. utime and stime are the 14th and 15th field; the 2nd is in parentheses and may hold spaces."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def machine_seconds():
    """Processor time of everything that is neither idle nor waiting for a disk."""
    user, nice, system, _idle, _iowait, irq, softirq = map(
        int, pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS


def switches(pids):
    """Context switches by thread, voluntary and not, of the threads that these processes have now."""
    counted = {}
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            try:
                fields = _status(task)
            except (FileNotFoundError, ProcessLookupError):
                continue  # the thread has just ended
            counted[int(task.name)] = fields["voluntary_ctxt_switches"] + fields["nonvoluntary_ctxt_switches"]
    return counted


def switches_between(before, after):
    """A thread that has started meanwhile counts from 0. One that has ended counts no more."""
    return sum(count - before.get(thread, 0) for thread, count in after.items())


def memory_kib(pid):
    """Resident memory of a process: now, and the highest so far."""
    fields = _status(pathlib.Path(f"/proc/{pid}"))
    return {"now": fields["VmRSS"], "peak": fields["VmHWM"]}


def open_sockets(pid):
    count = 0
    for path in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            count += os.readlink(path).startswith("socket:")
        except FileNotFoundError:
            pass  # closed meanwhile
    return count


def _status(folder):
    """The fields of the file `status` whose value begins with a decimal number."""
    fields = {}
    for line in (folder / "status").read_text().splitlines():
        name, _, value = line.partition(":")
        words = value.split()
        if words and words[0].isdecimal():
            fields[name] = int(words[0])
    return fields

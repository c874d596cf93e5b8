"""The command: `movielens-recs`, and `python -m movielens_recs`."""
import os
import signal
import sys
import threading

LEAST = 2**30  # bytes of address space; with less, libraries fail while they are loaded
ROOMY = 2**32  # with less, the threads and reserves of libraries take most of it
LEAST_THREADS = 8  # with fewer, libraries wait for threads that never come
AGAIN = 0.01  # seconds until an interrupt is sent again


def _refuse(text: str) -> None:
    "Print an error as one line and exit with status 2."
    print(f"error: {text}", file=sys.stderr)
    raise SystemExit(2)


def _limit_of_memory() -> float:
    "Give the bytes of address space that this process may take."
    try:
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit
    except ImportError:  # no such limits on this system
        return float("inf")
    limit, _ = getrlimit(RLIMIT_AS)
    return float("inf") if limit == RLIM_INFINITY else limit


def _count_threads(most: int) -> int:
    "Count how many threads this system lets start, up to so many."
    is_counted = threading.Event()
    started = []
    try:
        for _ in range(most):
            thread = threading.Thread(target=is_counted.wait)
            thread.start()
            started.append(thread)
    except RuntimeError:  # it lets no more
        pass
    is_counted.set()
    for thread in started:
        thread.join()
    return len(started)


def _fit_into_limits() -> None:
    "Let libraries do with little memory and few threads where they are limited, or refuse."
    limit = _limit_of_memory()
    if limit < LEAST:
        _refuse(f"memory is limited to {limit / 2**30:.2f} GB (ulimit -v); this takes 1 GB at least")
    many = LEAST_THREADS + 4 * (os.cpu_count() or 1)
    n_threads = _count_threads(many)
    if n_threads < LEAST_THREADS:
        _refuse(f"this takes {LEAST_THREADS} threads, and this system lets {n_threads} start "
                "(ulimit -u)")
    if limit < ROOMY or n_threads < many:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


def _interrupt() -> None:
    "Interrupt the main thread, whatever it is at."
    if sys.platform == "win32":
        signal.raise_signal(signal.SIGINT)
    else:
        os.kill(os.getpid(), signal.SIGINT)


def _interrupt_again(unraisable) -> None:
    "Send an interrupt again that came while a library's native code called Python, which drops it."
    if unraisable.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(unraisable)
    elif not sys.is_finalizing():
        again = threading.Timer(AGAIN, _interrupt)
        again.daemon = True
        again.start()


def main() -> None:
    "Run the command line; an interrupt while it is loaded ends it as one later does."
    if __name__ == "__main__" and not sys.flags.safe_path:
        sys.path.pop(0)  # the current folder, whose files are nobody's modules
    sys.unraisablehook = _interrupt_again
    try:
        _fit_into_limits()
        from movielens_recs.cli import main
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except (ImportError, MemoryError, OSError) as error:
        why = " ".join(str(error).split())[:200] or type(error).__name__
        _refuse(f"the libraries cannot be loaded ({why})")
    main()


if __name__ == "__main__":
    main()

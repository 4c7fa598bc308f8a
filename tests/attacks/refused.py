"""Tries what must be refused. Each attempt says what it was and which errno it got; one that worked, or failed for another
reason than it should, says BROKEN."""

import errno


def refused(reason, attempt, *arguments):
    """`reason` is the name of an errno, `attempt` a function that raises `OSError` when it is refused."""
    what = f"{attempt.__name__}{arguments}"
    try:
        answer = attempt(*arguments)
    except OSError as error:
        found = errno.errorcode.get(error.errno, str(error))
        print(f"{what}: {found}" if found == reason else f"BROKEN: {what}: {found}, not {reason}", flush=True)
    else:
        print(f"BROKEN: {what} is {answer!r}", flush=True)

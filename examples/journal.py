#!/usr/bin/env python3
"""Write the journal of a Flux instance, so that flux-conform can check all of its jobs.

Run it with the instance's own Python, where it can reach the instance:

    flux python journal.py > journal.ndjson              # all jobs as they are now
    flux python journal.py --follow > journal.ndjson     # and on, until Ctrl-C
    flux python journal.py | flux-conform check -
    flux python journal.py --follow | flux-conform check --follow -

Each line is an event as the job manager sends it: {"id": JOB, "events": [EVENT]}. The line with the
id -1 ends what happened before. Only the owner of an instance may read its journal. Flux sorts the
events of the past by time, so that a clock that went back cannot be seen in them.
"""

import argparse
import json
import os
import sys

import flux
from flux.job.journal import JournalConsumer


def line_of(event):
    """An event of the journal as a line; the sentinel is an event that is empty."""
    if event.is_empty():
        return json.dumps({"id": -1, "events": []})
    # Flux adds an empty context where an event has none.
    fields = {key: value for key, value in event.items() if key != "context" or value}
    return json.dumps({"id": int(event.jobid), "events": [fields]})


def lines(consumer, *, follow):
    """The lines of a journal: those of the past, and with `follow` those to come."""
    consumer.start()
    while (event := consumer.poll()) is not None:
        yield line_of(event)
        if event.is_empty() and not follow:
            consumer.stop()
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--follow", action="store_true", help="go on with events as they happen")
    arguments = parser.parse_args()
    consumer = JournalConsumer(flux.Flux(), full=True, include_sentinel=True)
    try:
        for line in lines(consumer, follow=arguments.follow):
            print(line, flush=True)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Who reads has ended. Python would complain when it flushes standard output at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

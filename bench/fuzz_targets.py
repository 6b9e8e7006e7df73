"""What a fuzz run attacks: each parser with its seeds, its mutations, and what must hold.

A parser gives whether it accepted an input. The exceptions that it declares are caught here; all
others, and everything that is asserted, are faults.
"""

from __future__ import annotations

from fuzz_commands import certificates, commands
from fuzz_files import deviations, protocol, rfcs, specifications, suites, yaml
from fuzz_logs import growing, judging, lines, mending, replaying, windows
from fuzz_seeds import Seeds, known_failures
from fuzz_sources import job_archives, pages, source, stores, tars
from fuzz_target import Target

from flux_conform.checking.waivers import load_deviations
from flux_conform.suite.known import read_known

TARGETS = (
    Target("lines of logs", 2, lines),
    Target("judging", 5, judging),
    Target("growing logs", 4, growing),
    Target("windows", 4, windows),
    Target("mending", 5, mending),
    Target("replay", 2, replaying),
    Target("text forms", 2, source(Seeds.texts)),
    Target("journals", 2, source(Seeds.journals)),
    Target("archives", 4, tars),
    Target("compressed", 2, source(Seeds.archives)),
    Target("pages of databases", 3, pages),
    Target("content stores", 2, stores),
    Target("job archives", 2, job_archives),
    Target("specifications", 5, specifications),
    Target("protocol", 1, protocol),
    Target("certificates", 4, certificates),
    Target("suites", 2, suites),
    Target("sources of RFCs", 3, rfcs),
    Target("known failures", 1, yaml(read_known, known_failures)),
    Target("deviations", 1, yaml(load_deviations, deviations)),
    Target("commands", 10, commands),
)

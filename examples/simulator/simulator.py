"""A small job manager: it takes jobs from their submission to their end, and keeps their logs.

Nothing is waited for: `tick` lets every job take one step, if it can take one. What comes from
outside (a prolog that ends, a program that exits, a user's wish) is a method of the job.
"""

from itertools import count

FAULTS = {
    "early-free": "resources are freed while an epilog is still running",
    "requeue": "an update sends a running job back into the queue",
    "held-alloc": "the scheduler does not look whether a job is held",
    "late-memo": "a memo is written to the log of a job that has ended",
    "lost-cancel": "a job that is cancelled before it has started is never cleaned up",
}
"""What can be wrong with the manager, each as it happens in the real world."""


class Refused(Exception):
    """A job does not do what it is asked to."""


class Job:
    """A job: its eventlog, its state, and what it still has to do."""

    def __init__(self, manager, urgency, userid, flags, version, prologs, epilogs):
        self.manager = manager
        self.faults = manager.faults
        self.eventlog = []
        self.state = "NEW"
        self.urgency = urgency
        self.dependencies = set()
        self.prologs, self.epilogs = list(prologs), list(epilogs)
        self.running = []  # the prologs and epilogs that are
        self.holds_resources = self.allocated = False
        self.started = self.finished = self.released = False
        context = {"urgency": urgency, "userid": userid, "flags": flags, "version": version}
        self.log("submit", context)

    def log(self, name, context=None, *, to=None):
        """Write an event, which may lead to another state."""
        event = {"timestamp": self.manager.clock(), "name": name}
        self.eventlog.append(event if context is None else event | {"context": context})
        self.state = to or self.state

    # What the job does by itself, a step at a time

    def step(self):
        """Do the next thing that can be done, if there is one."""
        match self.state:
            case "NEW":
                self.log("validate", to="DEPEND")
            case "DEPEND" if not self.dependencies:
                self.log("depend", to="PRIORITY")
            case "PRIORITY":
                self.log("priority", {"priority": self.priority()}, to="SCHED")
            case "SCHED":
                self.step_sched()
            case "RUN":
                self.step_run()
            case "CLEANUP":
                self.step_cleanup()

    def priority(self):
        """Two urgencies have a priority of their own: the job is held, or expedited."""
        return {0: 0, 31: 4294967295}.get(self.urgency, self.urgency)

    def step_sched(self):
        held = self.urgency == 0 and "held-alloc" not in self.faults
        if not held and self.manager.free_nodes:
            self.manager.free_nodes -= 1
            self.holds_resources = self.allocated = True
            self.log("alloc", to="RUN")

    def step_run(self):
        if self.prologs:
            self.running.append(self.prologs.pop())
            self.log("prolog-start", {"description": self.running[-1]})
        elif not self.running and not self.started:
            self.started = True
            self.log("start")

    def step_cleanup(self):
        if "lost-cancel" in self.faults and not self.started:
            return
        if self.started and not self.finished:
            self.exit(status=15)  # the shells are killed
        elif self.started and self.epilogs:
            self.running.append(self.epilogs.pop())
            self.log("epilog-start", {"description": self.running[-1]})
        elif self.started and not self.released:
            self.released = True
            self.log("release", {"ranks": "all", "final": True})
        elif self.holds_resources and (not self.running or "early-free" in self.faults):
            self.holds_resources = False
            self.manager.free_nodes += 1
            self.log("free")
        elif not self.running:
            self.log("clean", to="INACTIVE")

    # What comes from outside

    def add_dependency(self, description):
        if self.state not in ("NEW", "DEPEND"):
            raise Refused("the job waits for nothing any more")
        self.dependencies.add(description)
        self.log("dependency-add", {"description": description})

    def remove_dependency(self, description):
        if description not in self.dependencies:
            raise Refused("the job does not wait for this")
        self.dependencies.remove(description)
        self.log("dependency-remove", {"description": description})

    def set_urgency(self, urgency, userid):
        if self.allocated:
            raise Refused("the job has been given its resources")
        if self.state == "INACTIVE":
            raise Refused("the job has ended")
        self.urgency = urgency
        context = {"urgency": urgency, "userid": userid}
        self.log("urgency", context, to="PRIORITY" if self.state == "SCHED" else None)

    def update(self, attributes):
        if self.state == "INACTIVE":
            raise Refused("the job has ended")
        requeued = ("SCHED", "RUN") if "requeue" in self.faults else ("SCHED",)
        self.log("jobspec-update", attributes, to="PRIORITY" if self.state in requeued else None)

    def raise_exception(self, **context):
        """An exception, which ends the job where its severity is 0."""
        if self.state in ("NEW", "INACTIVE"):
            raise Refused(f"no exception in {self.state}")
        self.log("exception", context, to="CLEANUP" if context["severity"] == 0 else None)

    def write_memo(self, memo):
        if self.state == "INACTIVE" and "late-memo" not in self.faults:
            raise Refused("the job has ended")
        self.log("memo", memo)

    def end_prolog(self, description, status):
        self.running.remove(description)
        self.log("prolog-finish", {"description": description, "status": status})

    def exit(self, status):
        """The program ends."""
        if not self.started or self.finished:
            raise Refused("nothing is running")
        self.finished = True
        self.log("finish", {"status": status}, to="CLEANUP")

    def end_epilog(self, description, status):
        self.running.remove(description)
        self.log("epilog-finish", {"description": description, "status": status})


class Manager:
    """Job manager, scheduler and execution service in one, on a few nodes."""

    def __init__(self, nodes=1, faults=()):
        if unknown := set(faults) - set(FAULTS):
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        self.faults = frozenset(faults)
        self.free_nodes = nodes
        self.jobs = []
        self._ticks = count()

    def clock(self):
        return 1700000000 + next(self._ticks) / 4

    def submit(self, **request):
        self.jobs.append(Job(self, **request))
        return self.jobs[-1]

    def tick(self):
        for job in self.jobs:
            job.step()

    def shut_down(self):
        """Cancel every job, and let its prologs and epilogs come to their ends."""
        for job in self.jobs:
            job.step()  # a job is cancelled only once it is valid
            if job.state != "INACTIVE":
                job.raise_exception(type="cancel", severity=0, note="the system shuts down")
            for _ in range(10):
                job.step()
                for description in tuple(job.running):
                    end = job.end_epilog if job.finished else job.end_prolog
                    end(description, status=0)

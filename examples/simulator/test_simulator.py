"""The simulator, driven along the model of job states. FAULTS names what shall be wrong with it."""

import os

from hypothesis import settings
from simulator import Manager, Refused

from flux_conform.strategies import EventlogMachine, stimulus


class ManagerMachine(EventlogMachine):
    strict = True
    refusals = (Refused,)
    faults = os.environ.get("FAULTS", "").split()

    def begin(self):
        self.manager = Manager(faults=self.faults)
        self.job = None

    def eventlog(self):
        return self.job and self.job.eventlog

    def state(self):
        return self.job and self.job.state

    @stimulus("submit")
    def submit(self, context):
        self.job = self.manager.submit(**context, prologs=["check"], epilogs=["wipe"])

    @stimulus("dependency-add")
    def add_dependency(self, context):
        self.job.add_dependency(**context)

    @stimulus("dependency-remove")
    def remove_dependency(self, context):
        self.job.remove_dependency(**context)

    @stimulus("urgency")
    def set_urgency(self, context):
        self.job.set_urgency(**context)

    @stimulus("jobspec-update")
    def update(self, context):
        self.job.update(context)

    @stimulus("exception", type="cancel", severity=0, wait_status=None, anytime=True)
    def cancel(self, context):
        self.job.raise_exception(**context)

    @stimulus("memo", anytime=True)
    def write_memo(self, context):
        self.job.write_memo(context)

    @stimulus("prolog-finish", status=0)
    def end_prolog(self, context):
        self.job.end_prolog(**context)

    @stimulus("finish")
    def exit(self, context):
        self.job.exit(**context)

    @stimulus("epilog-finish")
    def end_epilog(self, context):
        self.job.end_epilog(**context)

    @stimulus()
    def tick(self):
        self.manager.tick()

    def wind_down(self):
        self.manager.shut_down()


TestManager = ManagerMachine.TestCase
# The same runs each time: what fails once fails always.
TestManager.settings = settings(
    TestManager.settings, max_examples=500, derandomize=True, database=None
)

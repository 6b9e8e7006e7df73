"""`python -m flux_conform` is the command `flux-conform`."""

import sys

from flux_conform.cli.main import main

sys.exit(main())

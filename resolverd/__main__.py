"""`python -m resolverd`."""

from __future__ import annotations

import sys

from resolverd.cli.main import main

sys.exit(main())

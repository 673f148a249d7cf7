# SPDX-License-Identifier: MIT
"""Where programs find messages of configuration."""

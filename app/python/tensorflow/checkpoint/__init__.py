# SPDX-License-Identifier: MIT
"""Objects' variables in files, in TensorFlow's formats."""

"""B40: TLS in front, with the configuration that we ship, in a real nginx."""

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives import serialization

from tests.certificates import pem, self_signed
from tests.client_keys import ClientKey
from tests.site import Site, build, settings_for
from tests.visitor import Visitor

CONF = Path(__file__).parents[3] / "deploy" / "nginx" / "sleutelbos.conf"

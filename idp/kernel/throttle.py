"""Counters in the database that are taken before the work they guard."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base


class Throttle(Base):
    """How often something was tried in the window that began at `since`."""

    __tablename__ = "throttle"
    bucket: Mapped[str] = mapped_column(String(200), primary_key=True)  # "limit:key"
    since: Mapped[datetime]
    count: Mapped[int]
    locked_until: Mapped[datetime | None]

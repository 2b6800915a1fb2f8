"""A model of what a disk may hold after a power cut, run beside the real one.

It keeps to what POSIX promises: a file's content is sure after fsync of the file, a name after fsync of its folder,
and anything else may be there or not.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

from twincity.engines.ledger.log import disk


class Inode:
    """A file's content, and what of it is sure."""

    def __init__(self) -> None:
        self.data = self.sure = b""

    def after_cut(self, rng: Random | None) -> bytes:
        """Without a generator the worst case; else some of the blocks that were not flushed."""
        if rng is None or self.data == self.sure:
            return self.sure
        if not self.data.startswith(self.sure):
            return rng.choice([self.sure, self.data])
        tail = self.data[len(self.sure) :]
        tail = tail[: rng.randint(0, len(tail))]
        blocks = [tail[at : at + 64] for at in range(0, len(tail), 64)]
        return self.sure + b"".join(block if rng.random() < 0.8 else bytes(len(block)) for block in blocks)


class PowerCut:
    """Follows every change below ``root``; ``step`` is called after each one."""

    def __init__(self, monkeypatch, root: Path, step) -> None:
        self.root = f"{root}/"
        self.step = step
        self.now: dict[str, Inode | None] = {}  # None stands for a folder
        self.sure: dict[str, Inode | None] = {}
        self.opened: dict[int, str] = {}
        followers = {
            "open": self._opened,
            "write": self._written,
            "fsync": self._flushed,
            "fdatasync": self._flushed,
            "ftruncate": self._cut,
            "replace": self._renamed,
            "mkdir": self._made,
        }
        for name, follow in followers.items():
            self._watch(monkeypatch, os, name, follow)
        self._watch(monkeypatch, disk, "remove_folder", self._removed)
        monkeypatch.setattr(disk, "_syncfs", self._syncfs)

    def state(self, rng: Random | None) -> dict[str, bytes | None]:
        """What the disk may hold after a cut right now, by path: in the worst case, or in a random one."""
        names = dict(self.sure)
        if rng is not None:
            for path in sorted({*self.now, *self.sure}):
                if (path in self.now, self.now.get(path)) != (path in self.sure, self.sure.get(path)):
                    if rng.random() < 0.5:
                        continue
                    names.pop(path, None)
                    names |= {path: self.now[path]} if path in self.now else {}
        return {path: inode and inode.after_cut(rng) for path, inode in sorted(names.items())}

    def lay_down(self, state: dict[str, bytes | None], folder: Path) -> None:
        """Write a state into another folder."""
        for path, data in state.items():
            target = folder / path.removeprefix(self.root)
            if target.parent.is_dir() and data is None:
                target.mkdir()
            elif target.parent.is_dir() and data is not None:
                target.write_bytes(data)

    def _watch(self, monkeypatch, module, name, follow):
        real = getattr(module, name)

        def call(*args, **kwargs):
            result = real(*args, **kwargs)
            follow(result, *args)
            return result

        monkeypatch.setattr(module, name, call)

    def _opened(self, fd, path, flags, *_):
        self.opened[fd] = str(path)
        if str(path).startswith(self.root) and flags & os.O_CREAT and str(path) not in self.now:
            self.now[str(path)] = Inode()
            self.step()
        elif flags & os.O_TRUNC:
            self.now[str(path)].data = b""

    def _written(self, count, fd, data):
        inode = self.now.get(self.opened.get(fd, ""))
        if inode is not None:
            inode.data += bytes(data[:count])
            self.step()

    def _flushed(self, _, fd):
        path = self.opened.get(fd, "")
        if self.now.get(path) is not None:
            self.now[path].sure = self.now[path].data
        elif f"{path}/".startswith(self.root):
            inside = [name for name in {*self.now, *self.sure} if os.path.dirname(name) == path]  # noqa: PTH120
            for name in inside:
                self.sure.pop(name, None)
            self.sure |= {name: self.now[name] for name in inside if name in self.now}
        self.step()

    def _cut(self, _, fd, size):
        inode = self.now[self.opened[fd]]
        inode.data = inode.data[:size]
        self.step()

    def _renamed(self, _, source, target):
        self.now[str(target)] = self.now.pop(str(source))
        self.step()

    def _made(self, _, path, *__):
        if str(path).startswith(self.root):
            self.now[str(path)] = None
            self.step()

    def _removed(self, _, path):
        for name in [name for name in self.now if f"{name}/".startswith(f"{path}/")]:
            del self.now[name]
        self.step()

    def _syncfs(self, _):
        self.sure = dict(self.now)
        for inode in self.now.values():
            if inode is not None:
                inode.sure = inode.data
        self.step()
        return 0

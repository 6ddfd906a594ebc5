"""A real browser, spoken to over the W3C WebDriver protocol; Debian's chromium and chromedriver."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
TAB, RIGHT, ENTER, SPACE = "\ue004", "\ue014", "\ue007", " "
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Browser:
    """One session with one window."""

    def __init__(self, address: str, profile: Path) -> None:
        self._address = address
        options = {
            "binary": CHROMIUM,
            "args": [*_FLAGS, f"--user-data-dir={profile}"],
            "perfLoggingPrefs": {"enableNetwork": True},
        }
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        made = self._post("/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{made['sessionId']}"

    def open(self, path: Path, width: int = 1280, height: int = 900) -> None:
        """Show a file."""
        self._post(f"{self._session}/window/rect", {"width": width, "height": height})
        self._post(f"{self._session}/url", {"url": path.as_uri()})

    def run(self, script: str, *args: object) -> Any:
        """Return what the body of a function in the page returns."""
        return self._post(f"{self._session}/execute/sync", {"script": script, "args": args})

    def press(self, *keys: str) -> None:
        """Press and release keys, one after the other."""
        strokes = [{"type": kind, "value": k} for k in keys for kind in ("keyDown", "keyUp")]
        board = {"type": "key", "id": "board", "actions": strokes}
        self._post(f"{self._session}/actions", {"actions": [board]})

    def prefer(self, scheme: str) -> None:
        """Let the system prefer a light or a dark page."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._devtools("Emulation.setEmulatedMedia", {"features": features})

    def console(self) -> list[str]:
        """Return what the console has been told since it was last asked."""
        return [one["message"] for one in self._log("browser")]

    def requests(self) -> list[str]:
        """Return the addresses that were asked for since the last time."""
        told = [json.loads(one["message"])["message"] for one in self._log("performance")]
        sent = [one["params"] for one in told if one["method"] == "Network.requestWillBeSent"]
        return [one["request"]["url"] for one in sent]

    def picture(self, path: Path) -> None:
        """Save the whole page as a PNG file."""
        height = self.run("return document.documentElement.scrollHeight")
        width = self.run("return window.innerWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        settings = {"captureBeyondViewport": True, "clip": clip}
        path.write_bytes(b64decode(self._devtools("Page.captureScreenshot", settings)["data"]))

    def close(self) -> None:
        """End the session and its browser."""
        request = urllib.request.Request(f"{self._address}{self._session}", method="DELETE")
        urllib.request.urlopen(request, timeout=30).close()

    def _devtools(self, command: str, params: dict[str, object]) -> Any:
        body = {"cmd": command, "params": params}
        return self._post(f"{self._session}/goog/cdp/execute", body)

    def _log(self, kind: str) -> Any:
        return self._post(f"{self._session}/se/log", {"type": kind})

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            f"{self._address}{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()) from error


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Yield a browser; it and its driver end with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert DRIVER is not None
    driver = subprocess.Popen(
        [DRIVER, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port)
        session = Browser(f"http://127.0.0.1:{port}", profile)
        try:
            yield session
        finally:
            session.close()
    finally:
        driver.terminate()
        driver.wait(timeout=30)


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("chromedriver did not start")

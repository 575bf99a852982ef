#!/usr/bin/env python3
"""Runs the steps of the Dockerfile without Docker, and tries the result with the image's settings.

Usage: scripts/image_steps.py DOCKERFILE FOLDER

COPY and RUN lines of the build stage run unchanged in FOLDER, which must not exist: COPY copies the
context without the files in .dockerignore, RUN uses the compiler of this machine instead of the base
image's. Then the COPY lines of the last stage run, and the program is tried as in a container: it must
refuse to start without a token, be healthy with one, and stop on SIGTERM.
"""

import fnmatch
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

TIMEOUT = 60


def instructions(dockerfile):
    """(keyword, arguments) of each instruction, with continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", dockerfile.read_text(), flags=re.M)
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word.upper(), rest.strip()


def stages(dockerfile):
    """The instructions of each stage, without its FROM."""
    found = []
    for word, rest in instructions(dockerfile):
        if word == "FROM":
            found.append([])
        else:
            found[-1].append((word, rest))
    build, image = found
    return build, image


def is_ignored(path, patterns):
    """Whether .dockerignore excludes a path or one of its parent folders."""
    parts = path.split("/")
    heads = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    for pattern in patterns:
        if pattern.startswith("**/"):
            if any(fnmatch.fnmatchcase(part, pattern[3:]) for part in parts):
                return True
        elif any(fnmatch.fnmatchcase(head, pattern) for head in heads):
            return True
    return False


def copy_context(context, target):
    lines = (context / ".dockerignore").read_text().splitlines()
    patterns = [line.strip().rstrip("/") for line in lines if line.strip() and not line.startswith("#")]
    count = 0
    for folder, folders, files in os.walk(context):
        here = os.path.relpath(folder, context)
        inside = lambda name: name if here == "." else f"{here}/{name}"
        folders[:] = [name for name in folders if not is_ignored(inside(name), patterns)]
        for name in files:
            if not is_ignored(inside(name), patterns):
                (target / here).mkdir(parents=True, exist_ok=True)
                shutil.copy2(Path(folder) / name, target / here / name)
                count += 1
    print(f"COPY . .: {count} files", flush=True)


def run_build_steps(steps, context, root):
    """Runs the build stage; paths of the image become paths under `root`."""
    workdir = root
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CARGO_TARGET", "VITRINA_", "RUSTFLAGS"))}
    for word, rest in steps:
        if word == "WORKDIR":
            workdir = root / rest.lstrip("/")
            workdir.mkdir(parents=True)
        elif (word, rest) == ("COPY", ". ."):
            copy_context(context, workdir)
        elif word == "RUN":
            command = re.sub(r"(?<=\s)/(?=image\b)", f"{root}/", rest)
            print(f"RUN {rest}", flush=True)
            started = time.monotonic()
            subprocess.run(["sh", "-c", command], cwd=workdir, env=environment, check=True)
            print(f"    {time.monotonic() - started:.0f} s", flush=True)
        else:
            sys.exit(f"image_steps: the build stage has {word} {rest}, which this script does not know")


def run_image_steps(steps, root, image):
    """Runs COPY lines; returns the settings, the entry point and the health check."""
    settings, entry, health = {}, None, None
    for word, rest in steps:
        if word == "COPY":
            source, target = [part for part in rest.split() if not part.startswith("--")]
            source, target = root / source.lstrip("/"), image / target.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
        elif word == "ENV":
            settings.update(pair.split("=", 1) for pair in rest.split())
        elif word == "ENTRYPOINT":
            entry = rest.strip('[]"')
        elif word == "HEALTHCHECK":
            health = re.findall(r'"([^"]+)"', rest)
    if not (entry and health and "USER" in dict(steps)):
        sys.exit("image_steps: the image has no entry point, health check or user")
    if health[0] != entry:
        sys.exit("image_steps: the health check does not run the program")
    return settings, image / entry.lstrip("/"), health[1:]


def settings_in(settings, image):
    """The settings with folders under `image`, and a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    moved = {name: value.replace("/data", f"{image}/data") for name, value in settings.items()}
    moved["VITRINA_LISTEN"] = settings["VITRINA_LISTEN"].rsplit(":", 1)[0] + f":{port}"
    return moved


def try_program(settings, program, health):
    refused = subprocess.run([program], env=settings, capture_output=True, text=True, timeout=TIMEOUT)
    if refused.returncode != 2 or "admin token" not in refused.stderr:
        sys.exit(f"image_steps: not refused without a token: {refused}")
    guarded = settings | {"VITRINA_ADMIN_TOKEN": "a-token-of-twenty-one"}
    running = subprocess.Popen([program], env=guarded)
    try:
        deadline = time.monotonic() + TIMEOUT
        while subprocess.run([program, *health], env=settings, stderr=subprocess.DEVNULL).returncode != 0:
            if running.poll() is not None or time.monotonic() > deadline:
                sys.exit("image_steps: the program does not become healthy")
            time.sleep(0.1)
        running.send_signal(signal.SIGTERM)
        if running.wait(timeout=TIMEOUT) != 0:
            sys.exit(f"image_steps: the program ended with {running.returncode}")
    finally:
        running.kill()
    if subprocess.run([program, *health], env=settings, capture_output=True).returncode == 0:
        sys.exit("image_steps: healthy although the program has ended")


def main():
    dockerfile, root = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    root.mkdir(parents=True)
    build, steps = stages(dockerfile)
    run_build_steps(build, dockerfile.parent, root)
    image = root / "final"
    settings, program, health = run_image_steps(steps, root, image)
    try_program(settings_in(settings, image), program, health)
    size = program.stat().st_size / 1e6
    print(f"image: ok; the program has {size:.0f} MB, is refused without a token, healthy with one, and stops cleanly")


if __name__ == "__main__":
    main()

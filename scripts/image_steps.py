#!/usr/bin/env python3
"""Takes the steps of the Dockerfile without Docker, and starts what came of them with the image's settings.

Usage: scripts/image_steps.py DOCKERFILE FOLDER

The build stage's COPY and RUN lines are taken as they stand, in FOLDER, which must not exist: COPY brings what
.dockerignore leaves of the context, RUN runs with this machine's compiler in place of the base image's. Then the last
stage's COPY lines are followed, and the program is asked as a container would be: refused without a token, healthy
with one, ended by SIGTERM.
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

PATIENCE = 60


def instructions(dockerfile):
    """(word, rest) of each instruction, its lines joined."""
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
    """Whether .dockerignore leaves a path out: itself or a folder that it is in."""
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


def take_build_steps(steps, context, root):
    """Paths of the image become paths under `root`."""
    place = root
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CARGO_TARGET", "VITRINA_", "RUSTFLAGS"))}
    for word, rest in steps:
        if word == "WORKDIR":
            place = root / rest.lstrip("/")
            place.mkdir(parents=True)
        elif (word, rest) == ("COPY", ". ."):
            copy_context(context, place)
        elif word == "RUN":
            command = re.sub(r"(?<=\s)/(?=image\b)", f"{root}/", rest)
            print(f"RUN {rest}", flush=True)
            started = time.monotonic()
            subprocess.run(["sh", "-c", command], cwd=place, env=environment, check=True)
            print(f"    {time.monotonic() - started:.0f} s", flush=True)
        else:
            sys.exit(f"image_steps: the build stage has {word} {rest}, which is not known here")


def take_image_steps(steps, root, image):
    """Follows COPY, and gives the settings and the entry point."""
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
        sys.exit("image_steps: the health check is not the program's own")
    return settings, image / entry.lstrip("/"), health[1:]


def in_image(settings, image):
    """The settings, with the image's folders under `image`, and a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    moved = {name: value.replace("/data", f"{image}/data") for name, value in settings.items()}
    moved["VITRINA_LISTEN"] = settings["VITRINA_LISTEN"].rsplit(":", 1)[0] + f":{port}"
    return moved


def try_program(settings, program, health):
    refused = subprocess.run([program], env=settings, capture_output=True, text=True, timeout=PATIENCE)
    if refused.returncode != 2 or "admin token" not in refused.stderr:
        sys.exit(f"image_steps: without a token: {refused}")
    guarded = settings | {"VITRINA_ADMIN_TOKEN": "a-token-of-twenty-one"}
    running = subprocess.Popen([program], env=guarded)
    try:
        deadline = time.monotonic() + PATIENCE
        while subprocess.run([program, *health], env=settings, stderr=subprocess.DEVNULL).returncode != 0:
            if running.poll() is not None or time.monotonic() > deadline:
                sys.exit("image_steps: the program does not become healthy")
            time.sleep(0.1)
        running.send_signal(signal.SIGTERM)
        if running.wait(timeout=PATIENCE) != 0:
            sys.exit(f"image_steps: the program ended with {running.returncode}")
    finally:
        running.kill()
    if subprocess.run([program, *health], env=settings, capture_output=True).returncode == 0:
        sys.exit("image_steps: a program that ended is healthy")


def main():
    dockerfile, root = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    root.mkdir(parents=True)
    build, steps = stages(dockerfile)
    take_build_steps(build, dockerfile.parent, root)
    image = root / "final"
    settings, program, health = take_image_steps(steps, root, image)
    try_program(in_image(settings, image), program, health)
    size = program.stat().st_size / 1e6
    print(f"image: ok; the program has {size:.0f} MB, is refused without a token, healthy with one, and ends in order")


if __name__ == "__main__":
    main()

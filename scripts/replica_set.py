#!/usr/bin/env python3
"""Makes a running mongod the only member of the replica set `rs0` and waits until it is primary.

Usage: scripts/replica_set.py PORT

MongoDB's shell is a large download, and only two commands are needed. So this implements a part of
the wire protocol with the standard library: one OP_MSG per command, and the BSON types of `hello` and
`replSetInitiate`. The server does the waiting (an awaitable `hello` returns when the member's state
changes), so nothing here sleeps.
"""

import socket
import struct
import sys
import time

SET_NAME = "rs0"
TIMEOUT_S = 30
ALREADY_INITIALIZED = 23
OP_MSG = 2013


class Raw:
    """A BSON value that is returned to the server unchanged: its type byte and its bytes."""

    def __init__(self, kind, data):
        self.kind, self.data = kind, data


def encode(document):
    """A dict as a BSON document."""
    body = b""
    for name, value in document.items():
        kind, data = encode_value(value)
        body += bytes([kind]) + name.encode() + b"\0" + data
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def encode_value(value):
    if isinstance(value, Raw):
        return value.kind, value.data
    if isinstance(value, str):
        text = value.encode() + b"\0"
        return 0x02, struct.pack("<i", len(text)) + text
    if isinstance(value, dict):
        return 0x03, encode(value)
    if isinstance(value, list):
        return 0x04, encode({str(index): item for index, item in enumerate(value)})
    if isinstance(value, bool):
        return 0x08, bytes([value])
    if isinstance(value, int):
        return 0x10, struct.pack("<i", value)
    raise TypeError(f"no BSON for {type(value).__name__}")


# Sizes of the BSON types whose length is fixed: double, object id, boolean, date, null, int32,
# timestamp, int64.
FIXED_SIZES = {0x01: 8, 0x07: 12, 0x08: 1, 0x09: 8, 0x0A: 0, 0x10: 4, 0x11: 8, 0x12: 8}
NUMBERS = {0x01: "<d", 0x08: "<?", 0x10: "<i"}


def decode(data):
    """A BSON document as a dict: numbers, booleans and strings as Python values, others as Raw."""
    document, at = {}, 4
    while data[at] != 0:
        kind = data[at]
        name_end = data.index(b"\0", at + 1)
        name, at = data[at + 1 : name_end].decode(), name_end + 1
        size = value_size(kind, data, at)
        document[name] = decode_value(kind, data[at : at + size])
        at += size
    return document


def value_size(kind, data, at):
    if kind in FIXED_SIZES:
        return FIXED_SIZES[kind]
    (length,) = struct.unpack_from("<i", data, at)
    if kind in (0x03, 0x04):  # a document or array, whose length includes itself
        return length
    if kind == 0x02:  # a string
        return 4 + length
    if kind == 0x05:  # bytes, after a sub-type
        return 5 + length
    raise ValueError(f"unexpected BSON type {kind:#x}")


def decode_value(kind, data):
    if kind in NUMBERS:
        return struct.unpack(NUMBERS[kind], data)[0]
    if kind == 0x02:
        return data[4:-1].decode()
    return Raw(kind, data)


class Server:
    """One connection to a mongod."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)

    def run(self, command):
        """Sends one command to the `admin` database and returns the reply, successful or not."""
        # Flags (none), then one section of kind 0: the command document.
        body = struct.pack("<IB", 0, 0) + encode({**command, "$db": "admin"})
        self.socket.sendall(struct.pack("<iiii", 16 + len(body), 1, 0, OP_MSG) + body)
        (length,) = struct.unpack("<i", self.receive(4))
        return decode(self.receive(length - 4)[12 + 5 :])

    def receive(self, count):
        data = b""
        while len(data) < count:
            chunk = self.socket.recv(count - len(data))
            if not chunk:
                raise ConnectionError("mongod closed the connection")
            data += chunk
        return data


def initiate(server, port):
    """Creates the set, unless an earlier start has created it."""
    members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
    reply = server.run({"replSetInitiate": {"_id": SET_NAME, "members": members}})
    if not reply["ok"] and reply.get("code") != ALREADY_INITIALIZED:
        raise RuntimeError(f"replSetInitiate: {reply.get('errmsg', reply)}")


def wait_until_primary(server):
    deadline = time.monotonic() + TIMEOUT_S
    state = server.run({"hello": 1})
    while not state.get("isWritablePrimary"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not primary after {TIMEOUT_S} s")
        state = server.run({"hello": 1, "topologyVersion": state["topologyVersion"], "maxAwaitTimeMS": 1000})


def main():
    port = int(sys.argv[1])
    server = Server(port)
    initiate(server, port)
    wait_until_primary(server)


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError) as problem:  # TimeoutError and ConnectionError are OSErrors
        sys.exit(f"replica_set.py: {problem}")

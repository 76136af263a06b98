"""Packets that a socket would not send: what a scrubbing POP is to be tried with.

packets.py listen             prints "FAMILY PAYLOAD" in hex for what comes to UDP port 53, and takes TCP connections
packets.py send KIND FAMILY   sends one kind from the client's address to the POP's
"""
import socket
import struct
import sys
import threading

CLIENT = {4: "192.0.2.1", 6: "2001:db8:ffff::1"}
POP = {4: "198.51.100.53", 6: "2001:db8:53::53"}
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
QUESTION = b"\x07example\x03com\x00" + struct.pack("!HH", 1, 1)


def dns(flags=0, questions=1, answers=0, body=QUESTION):
    return struct.pack("!HHHHHH", 0x5A43, flags, questions, answers, 0, 0) + body


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo(family, protocol, length):
    ends = b"".join(socket.inet_pton(FAMILY[family], of[family]) for of in (CLIENT, POP))
    return ends + (struct.pack("!BBH", 0, protocol, length) if family == 4 else struct.pack("!IHBB", length, 0, 0, protocol))


def udp(family, payload, port=5353):
    length = 8 + len(payload)
    head = struct.pack("!HHHH", port, 53, length, 0)
    total = checksum(pseudo(family, 17, length) + head + payload) or 0xFFFF
    return struct.pack("!HHHH", port, 53, length, total) + payload


def tcp(family, flags):
    head = struct.pack("!HHIIBBHHH", 5353, 53, 1, 0, 0x50, flags, 1024, 0, 0)
    total = checksum(pseudo(family, 6, len(head)) + head)
    return head[:16] + struct.pack("!H", total) + head[18:]


def packet(family, protocol, data, offset=0, more=False, fragment=False):
    """One IP packet; the kernel fills in IPv4's length and checksum."""
    ends = b"".join(socket.inet_pton(FAMILY[family], of[family]) for of in (CLIENT, POP))
    word = offset // 8
    if family == 4:
        bits = word | (0x2000 if more else 0)
        return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), 77, bits, 64, protocol, 0) + ends + data
    if fragment:
        data = struct.pack("!BBHI", protocol, 0, word << 3 | more, 77) + data
    return struct.pack("!IHBB", 6 << 28, len(data), 44 if fragment else protocol, 64) + ends + data


def fragments(family):
    data = udp(family, dns())
    return [packet(family, 17, data[:24], 0, True, True), packet(family, 17, data[24:], 24, False, True)]


KINDS = {
    "query": lambda f: [packet(f, 17, udp(f, dns()))],
    # RFC 7873 section 5.4: no question, and an OPT with a client's cookie.
    "cookie": lambda f: [packet(f, 17, udp(f, dns(questions=0, body=bytes.fromhex("000029" + "04d000000000000c000a0008" + "11" * 8))))],
    "root": lambda f: [packet(f, 17, udp(f, dns(body=b"\0\0\2\0\1")))],
    "fragments": fragments,
    "port_zero": lambda f: [packet(f, 17, udp(f, dns(), port=0))],
    "short": lambda f: [packet(f, 17, udp(f, dns(body=b"\0\0\2\0")))],
    "empty": lambda f: [packet(f, 17, udp(f, b""))],
    "responses": lambda f: [packet(f, 17, udp(f, dns(flags=0x8180)))],
    "questions": lambda f: [packet(f, 17, udp(f, dns(questions=2, body=QUESTION * 2)))],
    "answers": lambda f: [packet(f, 17, udp(f, dns(answers=1)))],
    "flood": lambda f: [packet(f, 17, udp(f, dns()))] * 3000,
    "null": lambda f: [packet(f, 6, tcp(f, 0))],
    "synfin": lambda f: [packet(f, 6, tcp(f, 3))],
    "synrst": lambda f: [packet(f, 6, tcp(f, 6))],
}


def send(kind, family):
    raw = socket.socket(FAMILY[family], socket.SOCK_RAW, socket.IPPROTO_RAW)
    for one in KINDS[kind](family):
        raw.sendto(one, (POP[family], 0))


def receive(sock, family):
    while True:
        sys.stdout.write("%d %s\n" % (family, sock.recv(4096).hex() or "-"))
        sys.stdout.flush()


def listen():
    for family in (4, 6):
        datagrams = socket.socket(FAMILY[family], socket.SOCK_DGRAM)
        datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        datagrams.bind((POP[family], 53))
        threading.Thread(target=receive, args=(datagrams, family)).start()
        streams = socket.socket(FAMILY[family], socket.SOCK_STREAM)
        streams.bind((POP[family], 53))
        streams.listen()
        threading.Thread(target=lambda s=streams: [s.accept() for _ in range(100)]).start()
    print("ready", flush=True)


if sys.argv[1] == "listen":
    listen()
elif sys.argv[2] == "connect":
    socket.create_connection((POP[int(sys.argv[3])], 53), timeout=3).close()
else:
    send(sys.argv[2], int(sys.argv[3]))

"""CRC-32C (Castagnoli: RFC 3720 appendix B.4), eight bytes a step."""

import struct

POLYNOMIAL = 0x82F63B78


def _tables():
    first = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (POLYNOMIAL if value & 1 else 0)
        first.append(value)
    tables = [first]
    for _ in range(7):
        tables.append([first[value & 0xFF] ^ (value >> 8) for value in tables[-1]])
    return tables


_TABLES = _tables()


def crc32c(data):
    t0, t1, t2, t3, t4, t5, t6, t7 = _TABLES
    whole = len(data) & ~7
    crc = 0xFFFFFFFF
    for (word,) in struct.iter_unpack("<Q", data[:whole]):
        word ^= crc
        crc = (t7[word & 0xFF] ^ t6[word >> 8 & 0xFF] ^ t5[word >> 16 & 0xFF] ^ t4[word >> 24 & 0xFF]
               ^ t3[word >> 32 & 0xFF] ^ t2[word >> 40 & 0xFF] ^ t1[word >> 48 & 0xFF] ^ t0[word >> 56])
    for byte in data[whole:]:
        crc = t0[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF

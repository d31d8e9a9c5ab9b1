'use strict';
/**
 * MessagePack, as much of it as the protocol uses (https://github.com/msgpack/msgpack/blob/master/spec.md).
 *
 * Our own, so that a package that sits inside other people's tools brings nothing along: of the libraries on npm one takes
 * two thirds of this one's microsecond for a reply, another twice as long, and a round trip thirty. Odd bytes of a path come as
 * `bin` and stay a Buffer.
 */

const MAX_SHORT = 31;

/** Appends values to a buffer that grows; `take` gives the bytes and begins anew. */
class Encoder {
  constructor() {
    this.buffer = Buffer.allocUnsafe(4096);
    this.length = 0;
  }

  take() {
    const bytes = Buffer.from(this.buffer.subarray(0, this.length));
    this.length = 0;
    return bytes;
  }

  reserve(size) {
    if (this.length + size <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + size));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }

  /** Append one frame: the length of the payload, and the payload. */
  frame(message) {
    this.reserve(4);
    const start = this.length;
    this.length += 4;
    this.value(message);
    this.buffer.writeUInt32LE(this.length - start - 4, start);
  }

  value(value) {
    switch (typeof value) {
      case 'string': return this.string(value);
      case 'number': return Number.isInteger(value) ? this.integer(value) : this.float(value);
      case 'boolean': return this.byte(value ? 0xc3 : 0xc2);
      case 'undefined': return this.byte(0xc0);
    }
    if (value === null) return this.byte(0xc0);
    if (Array.isArray(value)) return this.array(value);
    if (Buffer.isBuffer(value)) return this.binary(value);
    return this.map(value);
  }

  byte(byte) {
    this.reserve(1);
    this.buffer[this.length++] = byte;
  }

  integer(value) {
    this.reserve(9);
    if (value >= 0 && value < 128) this.buffer[this.length++] = value;
    else if (value < 0 && value >= -32) this.buffer[this.length++] = 256 + value;
    else if (value >= 0 && value <= 0xffffffff) {
      this.buffer[this.length++] = 0xce;
      this.length = this.buffer.writeUInt32BE(value, this.length);
    } else if (Number.isSafeInteger(value)) {
      this.buffer[this.length++] = 0xd3;
      this.length = this.buffer.writeBigInt64BE(BigInt(value), this.length);
    } else this.float(value);
  }

  float(value) {
    this.reserve(9);
    this.buffer[this.length++] = 0xcb;
    this.length = this.buffer.writeDoubleBE(value, this.length);
  }

  string(text) {
    const size = Buffer.byteLength(text);
    this.reserve(size + 5);
    if (size <= MAX_SHORT) this.buffer[this.length++] = 0xa0 | size;
    else this.header(0xd9, 0xda, 0xdb, size);
    this.length += this.buffer.write(text, this.length, 'utf8');
  }

  binary(bytes) {
    this.reserve(bytes.length + 5);
    this.header(0xc4, 0xc5, 0xc6, bytes.length);
    this.length += bytes.copy(this.buffer, this.length);
  }

  header(of8, of16, of32, size) {
    if (size <= 0xff && of8) {
      this.buffer[this.length++] = of8;
      this.buffer[this.length++] = size;
    } else if (size <= 0xffff) {
      this.buffer[this.length++] = of16;
      this.length = this.buffer.writeUInt16BE(size, this.length);
    } else {
      this.buffer[this.length++] = of32;
      this.length = this.buffer.writeUInt32BE(size, this.length);
    }
  }

  array(values) {
    this.reserve(5);
    if (values.length < 16) this.buffer[this.length++] = 0x90 | values.length;
    else this.header(0, 0xdc, 0xdd, values.length);
    for (const value of values) this.value(value);
  }

  map(object) {
    const entries = Object.entries(object).filter(([, value]) => value !== undefined);
    this.reserve(5);
    if (entries.length < 16) this.buffer[this.length++] = 0x80 | entries.length;
    else this.header(0, 0xde, 0xdf, entries.length);
    for (const [key, value] of entries) {
      this.string(key);
      this.value(value);
    }
  }
}

/** Decode the value that begins at a byte; as `Decoder.value`. */
function decode(bytes, start = 0) {
  return new Decoder(bytes, start).value();
}

/** Values one by one. Each method throws `RangeError` on bytes that are cut off, `Error` on what is no MessagePack. */
class Decoder {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  value() {
    const tag = this.bytes[this.at++];
    if (tag < 0x80) return tag;
    if (tag < 0x90) return this.map(tag & 15);
    if (tag < 0xa0) return this.array(tag & 15);
    if (tag < 0xc0) return this.text(tag & 31);
    if (tag >= 0xe0) return tag - 256;
    switch (tag) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: return this.binary(this.number(1));
      case 0xc5: return this.binary(this.number(2));
      case 0xc6: return this.binary(this.number(4));
      case 0xca: return this.bytes.readFloatBE(this.skip(4));
      case 0xcb: return this.bytes.readDoubleBE(this.skip(8));
      case 0xcc: return this.number(1);
      case 0xcd: return this.number(2);
      case 0xce: return this.number(4);
      case 0xcf: return Number(this.bytes.readBigUInt64BE(this.skip(8)));
      case 0xd0: return this.bytes.readInt8(this.skip(1));
      case 0xd1: return this.bytes.readInt16BE(this.skip(2));
      case 0xd2: return this.bytes.readInt32BE(this.skip(4));
      case 0xd3: return Number(this.bytes.readBigInt64BE(this.skip(8)));
      case 0xd9: return this.text(this.number(1));
      case 0xda: return this.text(this.number(2));
      case 0xdb: return this.text(this.number(4));
      case 0xdc: return this.array(this.number(2));
      case 0xdd: return this.array(this.number(4));
      case 0xde: return this.map(this.number(2));
      case 0xdf: return this.map(this.number(4));
      default: throw new Error(`no MessagePack: byte ${tag} at ${this.at - 1}`);
    }
  }

  /** Where something of a size begins. */
  skip(size) {
    this.at += size;
    return this.at - size;
  }

  number(size) {
    return this.bytes.readUIntBE(this.skip(size), size);
  }

  text(size) {
    return size === 0 ? '' : this.bytes.utf8Slice(this.skip(size), this.at);
  }

  binary(size) {
    return Buffer.from(this.bytes.subarray(this.skip(size), this.at));
  }

  array(size) {
    const values = new Array(size);
    for (let index = 0; index < size; index++) values[index] = this.value();
    return values;
  }

  map(size) {
    const object = Object.create(null);
    for (let index = 0; index < size; index++) {
      const key = String(this.value());
      object[key] = this.value();
    }
    return object;
  }
}

module.exports = { Decoder, Encoder, decode };

package dev.mige4j.weights.torch;

import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads the operands of pickle opcodes: integers, strings and decimal lines. Limits the total size of all strings
 * against hostile files.
 */
final class PickleReader {

    private static final long MAX_STRING_BYTES = 64L << 20;

    private final TensorFile file;
    private final long end;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).limit(0);
    private long bufferEnd; // position in the file of the end of the buffer
    private long stringBytes;

    /** Reads the file between the bytes {@code position} and {@code end}. */
    PickleReader(TensorFile file, long position, long end) {
        this.file = file;
        this.bufferEnd = position;
        this.end = end;
    }

    /** Position of the next byte. */
    long position() {
        return bufferEnd - buffer.remaining();
    }

    /** The next byte, unsigned. */
    int readByte() throws IOException {
        if (!buffer.hasRemaining()) {
            long remaining = end - bufferEnd;
            if (remaining <= 0) throw corrupt("ends unexpectedly; it is probably truncated; download it again");
            buffer.clear().limit((int) Math.min(buffer.capacity(), remaining));
            file.readFully(bufferEnd, buffer);
            bufferEnd += buffer.flip().limit();
        }
        return buffer.get() & 0xFF;
    }

    void skip(long n) throws IOException {
        for (long i = 0; i < n; i++) readByte();
    }

    /** An unsigned integer of {@code bytes} bytes, least significant byte first. */
    long readLittleEndian(int bytes) throws IOException {
        long value = 0;
        for (int i = 0; i < bytes; i++) value |= (long) readByte() << (8 * i);
        return value;
    }

    private byte[] readString(long length) throws IOException {
        stringBytes += length;
        if (length < 0 || length > end - position() || stringBytes > MAX_STRING_BYTES) throw truncatedString(length);
        byte[] bytes = new byte[(int) length];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) readByte();
        return bytes;
    }

    /** A string of {@code length} bytes of UTF-8. */
    String readUtf8(long length) throws IOException {
        return new String(readString(length), StandardCharsets.UTF_8);
    }

    /** A byte string, one character per byte; of one of more than a megabyte only the length. */
    Object readBytes(long length) throws IOException {
        if (length < 0 || length > end - position()) throw truncatedString(length);
        if (length <= 1 << 20) return new String(readString(length), StandardCharsets.ISO_8859_1);
        skip(length);
        return new Unpickler.Opaque(length + " bytes");
    }

    /** A two's complement integer of {@code length} bytes: a Long if it fits, else a BigInteger. */
    Object readBigInteger(long length) throws IOException {
        if (length > 255) throw corrupt("has a number of " + length + " bytes");
        byte[] bytes = readString(length);
        for (int i = 0, j = bytes.length - 1; i < j; i++, j--) {
            byte swapped = bytes[i];
            bytes[i] = bytes[j];
            bytes[j] = swapped;
        }
        return toLongIfFits(bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes));
    }

    private static Object toLongIfFits(BigInteger number) {
        return number.bitLength() < 64 ? (Object) number.longValue() : number;
    }

    private RuntimeException truncatedString(long length) {
        return corrupt("has a string of " + Long.toUnsignedString(length)
                + " bytes; it is probably truncated; download it again");
    }

    /** The characters up to the next line feed, at most 1000. */
    String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = readByte(); c != '\n'; c = readByte()) {
            if (line.length() >= 1000) throw corrupt("has a line of more than 1000 characters");
            line.append((char) c);
        }
        stringBytes += line.length();
        if (stringBytes > MAX_STRING_BYTES) throw corrupt("has more than " + MAX_STRING_BYTES + " bytes of strings");
        return line.toString();
    }

    /** A line with a string in quotes; escapes remain. */
    String readQuoted() throws IOException {
        String line = readLine();
        if (line.length() < 2) throw corrupt("has a string without quotes");
        return line.substring(1, line.length() - 1);
    }

    /** A line with a decimal integer, or with 00 or 01 for a boolean. */
    Object readInt() throws IOException {
        String line = readLine();
        return line.equals("00") ? false : line.equals("01") ? true : parseLong(line);
    }

    /** A line with a decimal integer, with an optional L at its end. */
    Object readLong() throws IOException {
        return parseLong(readLine());
    }

    /** A line with a decimal floating-point number. */
    Double readFloat() throws IOException {
        String line = readLine();
        try {
            return Double.valueOf(line);
        } catch (NumberFormatException e) {
            throw corrupt("has an invalid number");
        }
    }

    private Object parseLong(String line) {
        try {
            return toLongIfFits(new BigInteger(line.endsWith("L") ? line.substring(0, line.length() - 1) : line));
        } catch (NumberFormatException e) {
            throw corrupt("has an invalid number");
        }
    }

    /** The value as an integer; {@code what} names it in the error message. */
    long asLong(Object value, String what) {
        if (value instanceof Long number) return number;
        throw corrupt("has " + what + " that is not an integer");
    }

    /** The exception for a name that would run a program. */
    RuntimeException forbidden(String name) {
        return file.error(
                "the pickle refers to '%s', which is not allowed: it could execute code. Weights never need it, so do "
                        + "not load this file in Python either; get it from a source that you trust",
                TensorFile.sanitize(name));
    }

    /** The exception for a pickle with this problem. */
    RuntimeException corrupt(String problem) {
        return file.error("the pickle %s; the file was not written by torch.save, or it is damaged", problem);
    }
}

package dev.mige4j.weights.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes small {@code torch.save} files for tests. Values are pieces of pickles, one character per byte. */
public final class TorchFiles {

    private TorchFiles() {}

    /** Writes an archive whose value is {@code pickle}; each storage has four float32 values, 0, 0, 0 and 1. */
    public static Path write(Path file, String pickle) throws IOException {
        Files.write(file, archive(("\u0080\u0002" + pickle + ".").getBytes(StandardCharsets.ISO_8859_1), 16));
        return file;
    }

    /** A string. */
    public static String string(String value) {
        return "X" + (char) value.length() + "\0\0\0" + value;
    }

    /** A dictionary of names and values. */
    public static String dict(String... namesAndValues) {
        StringBuilder dict = new StringBuilder("}(");
        for (int i = 0; i < namesAndValues.length; i += 2)
            dict.append(string(namesAndValues[i])).append(namesAndValues[i + 1]);
        return dict + "u";
    }

    /** A call of a class or function. */
    public static String call(String module, String name, String... arguments) {
        return "c" + module + "\n" + name + "\n(" + String.join("", arguments) + "tR";
    }

    /** A tensor of these sizes with strides of 1, over a storage of four elements. */
    public static String tensor(int... sizes) {
        return tensor("FloatStorage", sizes);
    }

    /** The same of a class of storages. */
    public static String tensor(String storageClass, int... sizes) {
        StringBuilder shape = new StringBuilder("("), strides = new StringBuilder("(");
        for (int size : sizes) {
            shape.append('K').append((char) size);
            strides.append("K\1");
        }
        return call("torch._utils", "_rebuild_tensor_v2", storage(storageClass), "K\0", shape + "t", strides + "t");
    }

    /** A storage of four elements. */
    public static String storage(String storageClass) {
        return "(" + string("storage") + "ctorch\n" + storageClass + "\n" + string("0") + string("cpu") + "K\4tQ";
    }

    static byte[] archive(byte[] pickle, int storageBytes) throws IOException {
        byte[] storage = new byte[storageBytes];
        if (storageBytes >= 4) {
            storage[storageBytes - 2] = (byte) 0x80;
            storage[storageBytes - 1] = 0x3F;
        }
        var bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            addStored(zip, "a/data.pkl", pickle);
            addStored(zip, "a/data/0", storage);
        }
        return bytes.toByteArray();
    }

    private static void addStored(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 crc = new CRC32();
        crc.update(content);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
    }
}

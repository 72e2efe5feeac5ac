import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Unpacks the WebP images of resource files of Qt (.rcc): {@code java QtResources.java FOLDER FILE...}. Of their paths,
 * the part {@code gcompris/src/activities/} and the folders {@code resource} are left out.
 */
public final class QtResources {

    private static final int DIRECTORY = 2, COMPRESSED = 5; // flags: with zlib (1) or zstd (4)

    private final ByteBuffer file;
    private final Path folder;
    private final int tree, data, names, entrySize;

    private QtResources(ByteBuffer file, Path folder) {
        this.file = file;
        this.folder = folder;
        if (file.getInt(0) != 0x71726573) throw new IllegalArgumentException("not a resource file of Qt");
        tree = file.getInt(8);
        data = file.getInt(12);
        names = file.getInt(16);
        entrySize = file.getInt(4) >= 2 ? 22 : 14;
    }

    public static void main(String[] args) throws IOException {
        for (int i = 1; i < args.length; i++)
            new QtResources(ByteBuffer.wrap(Files.readAllBytes(Path.of(args[i]))), Path.of(args[0])).unpack(0, "");
    }

    private void unpack(int index, String path) throws IOException {
        int entry = tree + index * entrySize, flags = file.getShort(entry + 4);
        String name = index == 0 ? "" : path + "/" + name(file.getInt(entry));
        if ((flags & DIRECTORY) != 0) {
            int children = file.getInt(entry + 6), first = file.getInt(entry + 10);
            for (int i = first; i < first + children; i++) unpack(i, name);
        } else if (name.endsWith(".webp") && (flags & COMPRESSED) == 0) {
            byte[] bytes = new byte[file.getInt(data + file.getInt(entry + 10))];
            file.get(data + file.getInt(entry + 10) + 4, bytes);
            Path target = folder.resolve(name.replace("/gcompris/src/activities/", "").replace("/resource/", "/"));
            if (!target.normalize().startsWith(folder.normalize())) throw new IOException(name + ": unexpected path");
            Files.createDirectories(target.getParent());
            Files.write(target, bytes);
        }
    }

    private String name(int offset) {
        StringBuilder name = new StringBuilder();
        int length = file.getShort(names + offset) & 0xFFFF;
        for (int i = 0; i < length; i++) name.append(file.getChar(names + offset + 6 + 2 * i));
        return name.toString();
    }
}

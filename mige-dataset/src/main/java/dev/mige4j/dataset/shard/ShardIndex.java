package dev.mige4j.dataset.shard;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.tar.TarFile;

/**
 * Where the files of each record of a shard are. The index file is mapped into memory, and a record's line is parsed
 * when it is asked for.
 */
final class ShardIndex {

    private static final String VERSION = "v1.2";
    private static final Pattern HEADER = Pattern.compile(Pattern.quote(VERSION) + " (\\d{1,9})");
    private static final int MAX_HEADER_BYTES = 32, MIN_LINE_BYTES = "e 0 0 k.e\n".length();

    private final Path file;
    private final ByteBuffer text;
    private final int[] lines; // start of each record's line, and the end of the last one

    private ShardIndex(Path file, ByteBuffer text) {
        this.file = file;
        this.text = text;
        lines = new int[recordCount() + 1];
        int count = 0;
        for (int i = 0; i < text.limit() && count < lines.length; i++) if (text.get(i) == '\n') lines[count++] = i + 1;
        if (count < lines.length || lines[count - 1] != text.limit()) throw damaged(file);
    }

    /** The number in the first line. It is not trusted: a file of this size holds no more lines than that. */
    private int recordCount() {
        int end = 0;
        while (end < Math.min(text.limit(), MAX_HEADER_BYTES) && text.get(end) != '\n') end++;
        Matcher header = HEADER.matcher(line(0, end + 1));
        if (!header.matches()) throw damaged(file);
        int count = Integer.parseInt(header.group(1));
        if (count > text.limit() / MIN_LINE_BYTES) throw damaged(file);
        return count;
    }

    private static UsageException damaged(Path file) {
        return new UsageException(
                "%s is damaged or no index of version %s; delete it, and the shard is read without it.", file, VERSION);
    }

    /** The name of a shard's index. */
    static Path fileOf(Path shard) {
        return shard.resolveSibling(shard.getFileName().toString().replaceFirst("\\.tar$", "") + ".idx");
    }

    /**
     * The index of a shard: that of its index file, or, if there is none, a new one in memory.
     *
     * @throws UsageException when the index or the shard is damaged, or the shard holds anything but plain files
     */
    static ShardIndex open(Path shard) {
        Path file = fileOf(shard);
        try {
            if (!Files.exists(file)) return new ShardIndex(file, ByteBuffer.wrap(text(members(shard))));
            try (FileChannel channel = FileChannel.open(file)) {
                if (channel.size() > Integer.MAX_VALUE) throw damaged(file);
                return new ShardIndex(file, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
            }
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", file, e.getMessage(), e);
        }
    }

    /** The number of records. */
    int size() {
        return lines.length - 1;
    }

    /** Adds the text of the index to a digest. */
    void updateDigest(MessageDigest digest) {
        digest.update(text.duplicate().rewind());
    }

    /** The files of a record. */
    List<ShardMember> members(int record) {
        String[] words = line(lines[record], lines[record + 1]).split(" ", -1);
        List<ShardMember> members = new ArrayList<>();
        try {
            for (int i = 0; i < words.length; i += 4) {
                ShardMember member =
                        new ShardMember(words[i + 3], Long.parseLong(words[i + 1]), Long.parseLong(words[i + 2]));
                if (!isFile(member.name()) || member.offset() < 0 || member.size() < 0)
                    throw new NumberFormatException();
                members.add(member);
            }
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new UsageException(
                    "%s is damaged in line %d; delete it, and the shard is read without it.", file, record + 2, e);
        }
        return members;
    }

    private String line(int start, int end) {
        byte[] bytes = new byte[end - 1 - start];
        text.get(start, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The text of an index. */
    static byte[] text(List<List<ShardMember>> records) {
        StringBuilder text = new StringBuilder(VERSION + " " + records.size() + "\n");
        for (List<ShardMember> members : records) {
            for (int i = 0; i < members.size(); i++) {
                ShardMember member = members.get(i);
                text.append(i == 0 ? "" : " ")
                        .append(member.extension() + " " + member.offset() + " " + member.size() + " " + member.name());
            }
            text.append('\n');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static List<List<ShardMember>> members(Path shard) {
        List<List<ShardMember>> records = new ArrayList<>();
        String key = null;
        try (TarFile tar = new TarFile(shard)) {
            for (TarArchiveEntry entry : tar.getEntries()) {
                if (entry.isDirectory()) continue;
                if (!isPlain(entry))
                    throw new UsageException(
                            "%s: '%s' is a link, a device or a sparse file; a shard has plain files only.",
                            shard, printable(entry.getName()));
                ShardMember member = new ShardMember(entry.getName(), entry.getDataOffset(), entry.getSize());
                if (!isFile(member.name()))
                    throw new UsageException(
                            "%s: '%s' is no name of a record's file, such as 000017.target.png: at most 255 letters,"
                                    + " digits, -_/ and dots, without '..' and not absolute.",
                            shard, printable(member.name()));
                if (!member.key().equals(key)) records.add(new ArrayList<>());
                key = member.key();
                records.get(records.size() - 1).add(member);
            }
        } catch (IOException | IllegalArgumentException | UncheckedIOException e) {
            throw new UsageException("%s is no tar archive, or a damaged one: %s", shard, e.getMessage(), e);
        }
        return records;
    }

    private static boolean isPlain(TarArchiveEntry entry) {
        byte type = entry.getLinkFlag();
        return (type == TarConstants.LF_NORMAL || type == TarConstants.LF_OLDNORM) && !entry.isSparse();
    }

    private static boolean isFile(String name) {
        return name.matches("[A-Za-z0-9_\\-./]{1,255}")
                && !name.startsWith("/")
                && !name.contains("..")
                && name.indexOf('.', name.lastIndexOf('/') + 1) > name.lastIndexOf('/') + 1;
    }

    private static String printable(String name) {
        return name.substring(0, Math.min(name.length(), 255)).replaceAll("\\p{C}", "?");
    }
}

package dev.mige4j.dataset.parquet;

import dev.mige4j.common.FileContent;
import dev.mige4j.common.HeapSpace;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * The rows of the Parquet files of one split, as if they were one table. Only the columns that are asked for are read,
 * one row group at a time: texts in one pass with {@link #read}, images by row number with {@link #image}.
 *
 * <p>Of each image column the row group that was used last stays in memory as long as there is room, so that images
 * that are read in order are decompressed once. Every method throws {@link UsageException} for files that are damaged,
 * are not Parquet, or need more memory than there is. Safe for use by several threads.
 */
public final class ParquetTable {

    private static final ParquetReadOptions OPTIONS = ParquetReadOptions.builder(new PlainParquetConfiguration())
            .withCodecFactory(new ParquetCodecs())
            .usePageChecksumVerification()
            .build();

    private record RowGroup(Path file, int index, long firstRow, long rowCount) {}

    private record LoadedColumn(RowGroup rowGroup, List<ByteBuffer> images) {}

    private interface RowGroupReader<T> {
        T read(ParquetFileReader reader) throws IOException;
    }

    private final List<RowGroup> rowGroups = new ArrayList<>();
    private final Map<String, SoftReference<LoadedColumn>> loadedColumns = new HashMap<>();
    private final MessageType schema;

    /** @param files in the order of the rows, at least one */
    public ParquetTable(List<Path> files) {
        long rows = 0;
        MessageType first = null;
        for (Path file : files) {
            List<BlockMetaData> blocks = new ArrayList<>();
            MessageType own = open(file, reader -> {
                blocks.addAll(reader.getRowGroups());
                return reader.getFileMetaData().getSchema();
            });
            if (first == null) first = own;
            for (int i = 0; i < blocks.size(); i++) {
                long count = blocks.get(i).getRowCount();
                if (count < 0 || count > Integer.MAX_VALUE)
                    throw damaged(file, "row group " + i + " has " + count + " rows");
                for (ColumnChunkMetaData chunk : blocks.get(i).getColumns())
                    ParquetCodecs.requireSupported(chunk.getCodec(), file);
                rowGroups.add(new RowGroup(file, i, rows, count));
                rows += count;
            }
        }
        schema = first;
    }

    /** Whether the table has a column of this name. */
    public boolean hasColumn(String column) {
        return schema.containsField(column);
    }

    /**
     * Passes the rows to the consumer in order.
     *
     * @param columns those that the consumer reads; one that is missing is left out
     */
    public void read(List<String> columns, Consumer<ParquetRow> consumer) {
        for (RowGroup rowGroup : rowGroups) read(rowGroup, columns, consumer);
    }

    /**
     * The file of an image.
     *
     * @param row the number of the row, from 0
     */
    public synchronized byte[] image(String column, long row) {
        LoadedColumn loaded = loaded(column, row).orElse(null);
        if (loaded == null) {
            loadedColumns.remove(column); // frees the memory before the next row group is read
            loaded = load(column, row);
            loadedColumns.put(column, new SoftReference<>(loaded));
        }
        ByteBuffer image =
                loaded.images.get((int) (row - loaded.rowGroup.firstRow)).duplicate();
        byte[] bytes = new byte[image.remaining()];
        image.get(bytes);
        return bytes;
    }

    private Optional<LoadedColumn> loaded(String column, long row) {
        return Optional.ofNullable(loadedColumns.get(column))
                .map(SoftReference::get)
                .filter(loaded -> contains(loaded.rowGroup, row));
    }

    private static boolean contains(RowGroup rowGroup, long row) {
        return row >= rowGroup.firstRow && row < rowGroup.firstRow + rowGroup.rowCount;
    }

    private LoadedColumn load(String column, long row) {
        RowGroup rowGroup = rowGroups.stream()
                .filter(group -> contains(group, row))
                .findFirst()
                .orElseThrow(() -> new IndexOutOfBoundsException("there is no row " + row));
        List<ByteBuffer> images = new ArrayList<>();
        read(rowGroup, List.of(column), r -> images.add(r.image(column)));
        return new LoadedColumn(rowGroup, images);
    }

    private void read(RowGroup rowGroup, List<String> columns, Consumer<ParquetRow> consumer) {
        open(rowGroup.file, reader -> {
            MessageType fileSchema = reader.getFileMetaData().getSchema();
            List<Type> fields = columns.stream()
                    .filter(fileSchema::containsField)
                    .map(fileSchema::getType)
                    .toList();
            if (fields.isEmpty())
                throw new UsageException("%s has none of the columns %s.", rowGroup.file, String.join(", ", columns));
            MessageType requested = new MessageType(fileSchema.getName(), fields);
            requireRoom(rowGroup, reader.getRowGroups().get(rowGroup.index), requested);
            reader.setRequestedSchema(requested);
            PageReadStore pages = reader.readRowGroup(rowGroup.index);
            RecordReader<Group> rows = new ColumnIOFactory()
                    .getColumnIO(requested, fileSchema)
                    .getRecordReader(pages, new GroupRecordConverter(requested));
            for (long i = 0; i < rowGroup.rowCount; i++)
                consumer.accept(new ParquetRow(rowGroup.file, rowGroup.firstRow + i, rows.read()));
            return null;
        });
    }

    /** A row group is read whole: its compressed pages, then page by page what they hold. */
    private static void requireRoom(RowGroup rowGroup, BlockMetaData block, MessageType requested) throws IOException {
        long bytes = 0, fileSize = Files.size(rowGroup.file);
        for (ColumnChunkMetaData chunk : block.getColumns()) {
            if (!requested.containsField(chunk.getPath().iterator().next())) continue;
            long compressed = chunk.getTotalSize(), uncompressed = chunk.getTotalUncompressedSize();
            if (compressed < 0 || compressed > fileSize || uncompressed < 0 || uncompressed > Long.MAX_VALUE / 1024)
                throw damaged(rowGroup.file, "column " + chunk.getPath().toDotString() + " is larger than the file");
            bytes += compressed + uncompressed;
        }
        HeapSpace.require(bytes, rowGroup.file + ": row group " + rowGroup.index);
    }

    private static <T> T open(Path file, RowGroupReader<T> work) {
        if (!Files.isRegularFile(file)) throw new UsageException("%s: there is no such file.", file);
        try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file), OPTIONS)) {
            return work.read(reader);
        } catch (UsageException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw unreadable(file, e);
        } catch (OutOfMemoryError e) {
            // A damaged file can ask for arrays of any size; they are garbage once the file is given up.
            throw new UsageException(
                    "%s needs more Java heap than there is, or is damaged; make the heap larger (MIGE_HEAP=4g for mige,"
                            + " -Xmx4g for java), or download the file again.",
                    file, e);
        }
    }

    private static UsageException damaged(Path file, String reason) {
        return new UsageException("%s is damaged (%s); download it again.", file, reason);
    }

    private static UsageException unreadable(Path file, Throwable cause) {
        if (!Files.isReadable(file))
            return new UsageException("%s cannot be read: %s", file, cause.getMessage(), cause);
        return FileContent.recognize(file)
                .filter(content -> !content.description().equals("a Parquet file"))
                .map(content -> new UsageException("%s", content.message(file.toString(), "a Parquet file"), cause))
                .orElseGet(() -> new UsageException(
                        "%s is damaged or not a complete Parquet file; download it again.", file, cause));
    }
}

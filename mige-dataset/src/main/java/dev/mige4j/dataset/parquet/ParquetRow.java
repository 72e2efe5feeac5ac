package dev.mige4j.dataset.parquet;

import dev.mige4j.common.UsageException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/** One row of a {@link ParquetTable}. Columns of other types, and empty fields that must not be, are errors. */
public final class ParquetRow {

    private static final int MAX_TEXT_BYTES = 1 << 16;

    private final Path file;
    private final long number;
    private final Group group;

    ParquetRow(Path file, long number, Group group) {
        this.file = file;
        this.number = number;
        this.group = group;
    }

    /** The text of a column. */
    public String text(String column) {
        return optionalText(column).orElseThrow(() -> wrong(column, "is empty, expected a text"));
    }

    /** The text of a column; empty if the column is missing or the field is null. */
    public Optional<String> optionalText(String column) {
        if (isNull(column)) return Optional.empty();
        if (!isPrimitive(column, PrimitiveTypeName.BINARY)) throw wrong(column, "has another type, expected a text");
        Binary value = group.getBinary(column, 0);
        if (value.length() > MAX_TEXT_BYTES)
            throw wrong(column, "has %d bytes, expected at most %d", value.length(), MAX_TEXT_BYTES);
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(value.toByteBuffer())
                    .toString());
        } catch (CharacterCodingException e) {
            throw wrong(column, "is not in UTF-8");
        }
    }

    /** The whole number of a column of 32 or 64 bits. */
    public long integer(String column) {
        if (isNull(column)) throw wrong(column, "is empty, expected a whole number");
        if (isPrimitive(column, PrimitiveTypeName.INT32)) return group.getInteger(column, 0);
        if (isPrimitive(column, PrimitiveTypeName.INT64)) return group.getLong(column, 0);
        throw wrong(column, "has another type, expected a whole number");
    }

    /** Whether the field is true; false if the column is missing or the field is null. */
    public boolean flag(String column) {
        if (isNull(column)) return false;
        if (!isPrimitive(column, PrimitiveTypeName.BOOLEAN))
            throw wrong(column, "has another type, expected true or false");
        return group.getBoolean(column, 0);
    }

    /** The fields of a struct as a row; empty if the column is missing or the field is null. */
    public Optional<ParquetRow> struct(String column) {
        if (isNull(column)) return Optional.empty();
        if (type(column).isPrimitive()) throw wrong(column, "has another type, expected a struct");
        return Optional.of(new ParquetRow(file, number, group.getGroup(column, 0)));
    }

    /** The file of an image column, which is a struct {@code {bytes, path}}; the path is not used. */
    public ByteBuffer image(String column) {
        if (isNull(column)) throw wrong(column, "is empty, expected an image");
        if (type(column).isPrimitive()) throw wrong(column, "has another type, expected an image {bytes, path}");
        Group image = group.getGroup(column, 0);
        if (!image.getType().containsField("bytes")
                || !image.getType().getType("bytes").isPrimitive()
                || image.getType().getType("bytes").asPrimitiveType().getPrimitiveTypeName()
                        != PrimitiveTypeName.BINARY)
            throw wrong(column, "has another type, expected an image {bytes, path}");
        if (image.getFieldRepetitionCount("bytes") == 0)
            throw wrong(column, "has no bytes, expected those of an image; use a copy of the dataset with them");
        return image.getBinary("bytes", 0).toByteBuffer();
    }

    private boolean isNull(String column) {
        return !group.getType().containsField(column) || group.getFieldRepetitionCount(column) == 0;
    }

    private Type type(String column) {
        return group.getType().getType(column);
    }

    private boolean isPrimitive(String column, PrimitiveTypeName name) {
        return type(column).isPrimitive() && type(column).asPrimitiveType().getPrimitiveTypeName() == name;
    }

    /** The error that a field is not what it should be; {@code format} says what it is and what was expected. */
    public UsageException wrong(String column, String format, Object... args) {
        return new UsageException(
                "%s: row %d: column '%s' %s.", file, number, column, String.format(Locale.ROOT, format, args));
    }
}

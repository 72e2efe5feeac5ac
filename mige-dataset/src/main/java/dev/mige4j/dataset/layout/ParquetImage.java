package dev.mige4j.dataset.layout;

import dev.mige4j.dataset.parquet.ParquetTable;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;

/** An image file inside of Parquet files. */
public final class ParquetImage implements ImageSource {

    private final ParquetTable table;
    private final String column;
    private final long row;
    private final String name;

    /** @param name identifies it in messages */
    public ParquetImage(ParquetTable table, String column, long row, String name) {
        this.table = table;
        this.column = column;
        this.row = row;
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public byte[] file() {
        return table.image(column, row);
    }

    @Override
    public Image read() {
        return ImageFile.readAsPillow(file(), name);
    }

    @Override
    public String toString() {
        return name;
    }
}

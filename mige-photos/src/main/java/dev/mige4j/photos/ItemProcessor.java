package dev.mige4j.photos;

import dev.mige4j.common.HeapFullException;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import dev.mige4j.image.ImageHeader;
import dev.mige4j.photos.stage.StageResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * Reads the images of an item and passes them through a pipeline. What is wrong with the files of an item drops it
 * ({@code unreadable}). Safe for use by several threads, which wait for each other when their images together would not
 * fit into memory.
 *
 * @param <I> what becomes a sample
 */
public final class ItemProcessor<I extends PhotoItem> {

    /** Bytes of heap for a pixel while an item is processed: a few copies in RGB, and masks. */
    private static final int BYTES_PER_PIXEL = 24;

    private static final int MIB = 1 << 20;

    /**
     * An item whose files were read.
     *
     * @param item the item
     * @param contents the bytes of the files
     * @param fingerprint hash of them, and of all else that the result depends on
     */
    record LoadedItem<I>(I item, List<byte[]> contents, String fingerprint) {}

    private final Path folder;
    private final PhotoPipeline<I> pipeline;
    private final String settings;
    private final int budgetMib = (int) Math.max(1, Runtime.getRuntime().maxMemory() * 6 / 10 / MIB);
    private final Semaphore freeMib = new Semaphore(budgetMib, true);

    /**
     * A processor.
     *
     * @param folder the folder of photographs
     * @param settings all that the results depend on besides the items; any text that is the same for the same results
     */
    public ItemProcessor(Path folder, PhotoPipeline<I> pipeline, String settings) {
        this.folder = folder;
        this.pipeline = pipeline;
        this.settings = settings;
    }

    /** The sample of an item, or the reason why it is dropped. */
    public StageResult<PhotoSample> process(I item) {
        return process(load(item));
    }

    /** Reads the files; one that cannot be read is empty. */
    LoadedItem<I> load(I item) {
        List<byte[]> contents = new ArrayList<>();
        MessageDigest digest = Sha256.newDigest();
        digest.update(Sha256.digest(settings));
        digest.update(Sha256.digest(item.id()));
        digest.update(Sha256.digest(item.words()));
        for (String file : item.files()) {
            byte[] content = read(PhotoFolder.resolve(folder, file));
            digest.update(Sha256.digest(content));
            contents.add(content);
        }
        return new LoadedItem<>(item, contents, HexFormat.of().formatHex(digest.digest(), 0, 16));
    }

    private static byte[] read(Path file) {
        try {
            boolean isReadable = Files.isRegularFile(file) && Files.size(file) <= ImageFile.MAX_BYTES;
            return isReadable ? Files.readAllBytes(file) : new byte[0]; // a pipe or a device may have no end
        } catch (IOException e) {
            return new byte[0];
        }
    }

    /** As {@link #process(PhotoItem)}, for files that were read. */
    StageResult<PhotoSample> process(LoadedItem<I> loaded) {
        int mib = Math.min(budgetMib, neededMib(loaded.contents));
        freeMib.acquireUninterruptibly(mib);
        try {
            List<Image> images = new ArrayList<>();
            for (int i = 0; i < loaded.contents.size(); i++) {
                byte[] content = loaded.contents.get(i);
                String file = loaded.item.files().get(i);
                if (content.length == 0)
                    return StageResult.dropped(
                            "unreadable",
                            "%s is missing, empty, larger than %d MB, no plain file, or cannot be read.",
                            file,
                            ImageFile.MAX_BYTES / MIB);
                try {
                    images.add(Image.read(content, file));
                } catch (HeapFullException e) {
                    throw e;
                } catch (UsageException e) {
                    return StageResult.dropped("unreadable", "%s", e.getMessage());
                }
            }
            return pipeline.process(loaded.item, images);
        } finally {
            freeMib.release(mib);
        }
    }

    private static int neededMib(List<byte[]> contents) {
        long pixels = 0;
        for (byte[] content : contents)
            pixels += ImageHeader.read(content).map(ImageHeader::pixels).orElse(0L);
        return (int) Math.min(Integer.MAX_VALUE, 1 + pixels * BYTES_PER_PIXEL / MIB);
    }

    /** The pipeline that items pass. */
    public PhotoPipeline<I> pipeline() {
        return pipeline;
    }
}

package dev.mige4j.weights.conversion;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.weights.format.SafeTensors;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * The safetensors files of a model folder while they are written, tensor by tensor and in any order. An interrupted
 * conversion is continued by the next one with the same {@link ConversionJournal}.
 *
 * <p>Each file grows as {@code denoiser.safetensors.part}, which has its final size from the start.
 */
final class ResumableModelFolder implements AutoCloseable {

    private static final long CHECKPOINT_BYTES = 64 << 20;

    private final Path folder;
    private final Map<String, SafeTensors.Layout> layouts;
    private final ConversionJournal journal;
    private final Map<String, FileChannel> partFiles = new LinkedHashMap<>();
    private final List<String> pending = new ArrayList<>(); // written, not yet in the journal
    private long pendingBytes;

    /**
     * Opens the files; forgets tensors of the journal whose files are not there.
     *
     * @param layouts by file name
     * @throws dev.mige4j.common.UsageException when the disk has too little space
     */
    ResumableModelFolder(Path folder, Map<String, SafeTensors.Layout> layouts, ConversionJournal journal)
            throws IOException {
        this.folder = folder;
        this.layouts = layouts;
        this.journal = journal;
        Set<String> kept = new HashSet<>();
        layouts.forEach((file, layout) -> {
            if (isComplete(file) || hasSize(partFile(file), layout.totalBytes()))
                layout.offsets().keySet().forEach(tensor -> kept.add(ConversionJournal.entry(file, tensor)));
        });
        journal.retain(kept);
        requireFreeSpace();
        boolean opened = false;
        try {
            for (String file : layouts.keySet()) if (!isComplete(file)) partFiles.put(file, openPartFile(file));
            opened = true;
        } finally {
            if (!opened) close();
        }
    }

    private Path partFile(String file) {
        return folder.resolve(file + ".part");
    }

    private static boolean hasSize(Path file, long size) {
        try {
            return Files.exists(file) && Files.size(file) == size;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether all tensors of the file are written and it has its final name. */
    private boolean isComplete(String file) {
        SafeTensors.Layout layout = layouts.get(file);
        return !Files.exists(partFile(file))
                && hasSize(folder.resolve(file), layout.totalBytes())
                && layout.offsets().keySet().stream().allMatch(tensor -> journal.contains(file, tensor));
    }

    private void requireFreeSpace() throws IOException {
        long requiredBytes = 0;
        for (var layout : layouts.entrySet())
            for (SafeTensors.TensorData tensor : layout.getValue().offsets().keySet())
                if (!journal.contains(layout.getKey(), tensor)) requiredBytes += tensor.nbytes();
        long freeBytes = Files.getFileStore(folder).getUsableSpace();
        if (requiredBytes > freeBytes) throw AtomicFile.diskFull(folder, requiredBytes, freeBytes);
    }

    private FileChannel openPartFile(String file) throws IOException {
        SafeTensors.Layout layout = layouts.get(file);
        try (RandomAccessFile part = new RandomAccessFile(partFile(file).toFile(), "rw")) {
            part.setLength(layout.totalBytes());
        }
        FileChannel channel = FileChannel.open(partFile(file), StandardOpenOption.WRITE);
        ByteBuffer header = ByteBuffer.wrap(layout.header());
        while (header.hasRemaining()) channel.write(header, header.position());
        return channel;
    }

    /**
     * Writes tensors of one file at their places, in this order.
     *
     * @param progress receives how many bytes of these tensors are written
     */
    void write(String file, List<SafeTensors.TensorData> tensors, LongConsumer progress) throws IOException {
        long done = 0;
        for (SafeTensors.TensorData tensor : tensors) {
            long offset = layouts.get(file).offsets().get(tensor), before = done;
            Slot slot = new Slot(partFiles.get(file), offset, bytes -> progress.accept(before + bytes));
            tensor.data().writeTo(slot);
            if (slot.position != offset + tensor.nbytes())
                throw new IllegalStateException("The writer of tensor '" + tensor.name() + "' wrote "
                        + (slot.position - offset) + " bytes, expected " + tensor.nbytes());
            done += tensor.nbytes();
        }
        for (SafeTensors.TensorData tensor : tensors) pending.add(ConversionJournal.entry(file, tensor));
        pendingBytes += done;
        if (pendingBytes >= CHECKPOINT_BYTES) checkpoint();
    }

    /** Records the tensors that were written, after their bytes have reached the disk. */
    private void checkpoint() throws IOException {
        if (!pending.isEmpty()) for (FileChannel partFile : partFiles.values()) partFile.force(false);
        journal.append(pending);
        pending.clear();
        pendingBytes = 0;
    }

    /** Forgets tensors, so that the next conversion writes them again. */
    void discard(String file, List<SafeTensors.TensorData> tensors) throws IOException {
        checkpoint();
        journal.remove(tensors.stream()
                .map(tensor -> ConversionJournal.entry(file, tensor))
                .toList());
    }

    /** Moves the files to their final names, and adds the others in their order. */
    void finish(Map<String, byte[]> otherFiles) throws IOException {
        close();
        for (String file : partFiles.keySet()) AtomicFile.move(partFile(file), folder.resolve(file));
        otherFiles.forEach((file, content) -> AtomicFile.write(folder.resolve(file), content));
        journal.delete();
    }

    /** Closes the files; what was written is kept for the next conversion. */
    @Override
    public void close() throws IOException {
        try {
            checkpoint();
        } finally {
            for (FileChannel partFile : partFiles.values()) partFile.close();
        }
    }

    /** The place of a tensor in its file. */
    private static final class Slot implements WritableByteChannel {
        private final FileChannel file;
        private final long start;
        private final LongConsumer progress;
        private long position;

        Slot(FileChannel file, long start, LongConsumer progress) {
            this.file = file;
            this.start = start;
            this.position = start;
            this.progress = progress;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            int count = file.write(source, position);
            position += count;
            progress.accept(position - start);
            return count;
        }

        @Override
        public boolean isOpen() {
            return file.isOpen();
        }

        @Override
        public void close() {
            // the file is closed by its owner
        }
    }
}

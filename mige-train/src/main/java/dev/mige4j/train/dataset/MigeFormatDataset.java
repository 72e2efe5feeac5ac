package dev.mige4j.train.dataset;

import dev.mige4j.common.SplitMix64;
import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.dataset.DatasetTask;
import dev.mige4j.dataset.RecordList;
import dev.mige4j.dataset.RecordReader;
import dev.mige4j.dataset.StoredRecord;
import dev.mige4j.dataset.shard.ShardReader;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Caption;
import dev.mige4j.text.Prompt;
import dev.mige4j.text.PromptTemplates;
import dev.mige4j.train.config.ConfigKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Records in the reference's format as examples, in an order that the seed draws, so that those that are held out are
 * of all kinds. Records and images are read when they are needed. The groups are {@code subject}, {@code edit},
 * {@code replace} and {@code add}; the mask covers the whole image.
 */
public final class MigeFormatDataset implements TrainingDataset {

    /**
     * JSON lists and images in files, selected with the type {@code mige}. Latent moments come from the reference's
     * feature files where they exist, else from the images.
     */
    public record Config(
            @ConfigKey("folder to which the paths in the item lists are relative, itself relative to the output folder")
            String root,

            @ConfigKey("JSON lists of items, relative to the output folder")
            List<String> itemLists,

            @ConfigKey(value = "image size of the feature files, part of their paths", defaultValue = "512")
            int resolution)
            implements DatasetConfig {
        @Override
        public TrainingDataset open(DatasetContext context) {
            Path folder = context.resolve(root);
            RecordList records = RecordList.open(
                    folder, itemLists.stream().map(context::resolve).toList());
            return new MigeFormatDataset(records, context, LatentMomentFiles.in(folder, resolution));
        }
    }

    /** Tar shards, selected with the type {@code shards}. */
    public record ShardConfig(
            @ConfigKey("folder of the shards, relative to the output folder")
            String folder) implements DatasetConfig {
        @Override
        public TrainingDataset open(DatasetContext context) {
            return new MigeFormatDataset(ShardReader.open(context.resolve(folder)), context, Optional.empty());
        }
    }

    private final RecordReader records;
    private final DatasetContext context;
    private final Optional<LatentMomentFiles> momentFiles;
    private final int[] order;

    private MigeFormatDataset(RecordReader records, DatasetContext context, Optional<LatentMomentFiles> momentFiles) {
        this.records = records;
        this.context = context;
        this.momentFiles = momentFiles;
        order = shuffled(records.size(), context.seed());
    }

    /** The numbers from 0 to {@code size - 1} in random order, by Fisher and Yates. */
    private static int[] shuffled(int size, long seed) {
        SplitMix64 random = new SplitMix64(SplitMix64.mix(seed));
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int j = (int) (random.nextDouble() * (i + 1));
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    @Override
    public int size() {
        return order.length;
    }

    @Override
    public String fingerprint() {
        return records.fingerprint();
    }

    @Override
    public TrainingExample example(int index) {
        StoredRecord stored = records.get(order[index]);
        DatasetRecord record = stored.record();
        ExampleImage source = record.sourcePath()
                .map(path -> image(stored, path, files -> files.source(record).orElseThrow()))
                .orElse(null);
        List<ExampleImage> references = new ArrayList<>();
        for (String path : record.referencePaths())
            references.add(
                    record.sourcePath().filter(path::equals).isPresent()
                            ? source
                            : image(stored, path, files -> files.reference(path)));
        Caption caption = Caption.cleanKeepingPlaceholders(record.instruction());
        return new TrainingExample(
                record.task().name().toLowerCase(Locale.ROOT),
                record.task().label(),
                context.fit(new Prompt(
                        prefix(record.task(), context.model().prompts()),
                        caption.text(),
                        List.of(),
                        caption.droppedWords())),
                references,
                source,
                image(stored, record.targetPath(), files -> files.target(record)),
                null,
                null);
    }

    /** The prefix of the prompts of a task. */
    public static String prefix(DatasetTask task, PromptTemplates prompts) {
        return switch (task) {
            case SUBJECT -> prompts.subject();
            case EDIT -> prompts.edit();
            case REPLACE, ADD -> prompts.subjectEdit();
        };
    }

    private ExampleImage image(StoredRecord stored, String path, Function<LatentMomentFiles, String> momentFile) {
        return new ExampleImage() {
            @Override
            public Image image() {
                return stored.image(path);
            }

            @Override
            public Optional<Tensor> latentMoments() {
                return momentFiles.flatMap(files -> files.read(momentFile.apply(files)));
            }
        };
    }
}

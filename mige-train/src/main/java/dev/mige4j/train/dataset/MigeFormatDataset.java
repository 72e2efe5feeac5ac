package dev.mige4j.train.dataset;

import dev.mige4j.image.Image;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Caption;
import dev.mige4j.text.Prompt;
import dev.mige4j.text.PromptTemplates;
import dev.mige4j.train.config.ConfigKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A dataset in the reference's format, see {@link MigeDataSet}. Latent moments come from its feature files where they
 * exist, else from the images. The groups are {@code subject}, {@code edit}, {@code replace} and {@code add}; the mask
 * covers the whole image.
 */
public final class MigeFormatDataset implements TrainingDataset {

    /** Selected with the type {@code mige}. */
    public record Config(
            @ConfigKey("folder to which the paths in the item lists are relative, itself relative to the output folder")
            String root,

            @ConfigKey("JSON lists of items, relative to the output folder")
            List<String> itemLists,

            @ConfigKey("image size of the feature files, part of their paths")
            int resolution)
            implements DatasetConfig {
        @Override
        public TrainingDataset open(DatasetContext context) {
            Path[] lists = itemLists.stream().map(context::resolve).toArray(Path[]::new);
            return new MigeFormatDataset(
                    MigeDataSet.open(context.resolve(root), resolution, lists),
                    context.model().prompts());
        }
    }

    private final MigeDataSet dataSet;
    private final PromptTemplates prompts;

    private MigeFormatDataset(MigeDataSet dataSet, PromptTemplates prompts) {
        this.dataSet = dataSet;
        this.prompts = prompts;
    }

    @Override
    public TrainingExample example(int index) {
        MigeDataSet.DataSetItem item =
                dataSet.items().get(index % dataSet.items().size());
        List<ExampleImage> references = new ArrayList<>();
        for (int r = 0; r < item.referencePaths().size(); r++)
            references.add(new FileImage(
                    item.referencePaths().get(r), item.referenceMomentsPaths().get(r)));
        ExampleImage source = item.sourcePath().isEmpty()
                ? null
                : new FileImage(
                        item.sourcePath().get(), item.sourceMomentsPath().orElseThrow());
        Caption caption = Caption.clean(item.instruction());
        return new TrainingExample(
                item.task().name().toLowerCase(Locale.ROOT),
                item.task().label(),
                new Prompt(prefix(item.task()), caption.text(), List.of(), caption.droppedWords()),
                references,
                source,
                new FileImage(item.targetPath(), item.targetMomentsPath()),
                null,
                null);
    }

    private String prefix(MigeDataSet.DataSetTask task) {
        return switch (task) {
            case SUBJECT -> prompts.subject();
            case EDIT -> prompts.edit();
            case REPLACE, ADD -> prompts.subjectEdit();
        };
    }

    /** An image file with a feature file, either of which may be missing. */
    private final class FileImage implements ExampleImage {
        private final String imagePath, momentsPath;

        FileImage(String imagePath, String momentsPath) {
            this.imagePath = imagePath;
            this.momentsPath = momentsPath;
        }

        @Override
        public Image image() {
            return Image.read(dataSet.resolve(imagePath));
        }

        @Override
        public Optional<Tensor> latentMoments() {
            if (!Files.exists(dataSet.resolve(momentsPath))) return Optional.empty();
            MigeDataSet.LatentMoments moments = dataSet.readMoments(momentsPath);
            return Optional.of(Tensor.cat(0, moments.mean(), moments.std()));
        }
    }
}

package dev.mige4j.train;

import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImagePreprocessing;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Prompt;
import dev.mige4j.text.PromptTemplates;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.train.dataset.FeatureCache;
import dev.mige4j.train.dataset.FrozenEncoders;
import dev.mige4j.train.dataset.MigeDataSet;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Records of a user's data set in the reference's format. Moments come from the feature files where they are, else from
 * the pictures, shorter side to the model's size and the middle of the rest. The whole picture counts as changed.
 */
final class DataSetFeatureExtractor implements FeatureCache.FeatureExtractor {

    private final MigeDataSet dataSet;
    private final ModelConfig config;
    private final Tokenizer tokenizer;
    private final FrozenEncoders encoders;

    DataSetFeatureExtractor(MigeDataSet dataSet, Tokenizer tokenizer, FrozenEncoders encoders) {
        this.dataSet = dataSet;
        this.config = encoders.config();
        this.tokenizer = tokenizer;
        this.encoders = encoders;
    }

    @Override
    public List<byte[]> extract(int first, int count) {
        List<byte[]> records = new ArrayList<>();
        for (int i = first; i < first + count; i++)
            records.add(extractRecord(dataSet.items().get(i % dataSet.items().size())));
        return records;
    }

    private byte[] extractRecord(MigeDataSet.DataSetItem item) {
        List<byte[]> moments = new ArrayList<>(List.of(moments(item.targetPath(), item.targetMomentsPath())));
        int source = item.sourcePath().isPresent() ? 1 : -1;
        if (source == 1)
            moments.add(
                    moments(item.sourcePath().get(), item.sourceMomentsPath().orElseThrow()));
        int[] references = new int[item.referencePaths().size()];
        List<Image> referenceImages = new ArrayList<>();
        for (int r = 0; r < references.length; r++) {
            references[r] = moments.size();
            moments.add(moments(
                    item.referencePaths().get(r), item.referenceMomentsPaths().get(r)));
            referenceImages.add(Image.read(dataSet.resolve(item.referencePaths().get(r))));
        }
        byte[] fullMask = new byte[config.latentSize() * config.latentSize()];
        Arrays.fill(fullMask, (byte) 255);
        List<int[]> tokenIds =
                Prompt.segments(PromptTemplates.withPrefix(promptPrefix(item.task()), item.instruction())
                                .text())
                        .stream()
                        .map(tokenizer::encode)
                        .toList();
        return FeatureCache.encode(
                taskKind(item),
                moments.size(),
                source,
                references,
                tokenIds,
                fullMask,
                FrozenEncoders.concat(moments),
                FrozenEncoders.concat(encoders.visionFeatures(referenceImages)));
    }

    private byte[] moments(String imagePath, String featurePath) {
        if (!Files.exists(dataSet.resolve(featurePath))) {
            return encoders.moments(List.of(
                            ImagePreprocessing.centerCrop(Image.read(dataSet.resolve(imagePath)), config.imageSize())
                                    .image()))
                    .get(0);
        }
        return Scope.scoped(() -> {
            MigeDataSet.LatentMoments m = dataSet.readMoments(featurePath);
            m.mean()
                    .expect(
                            featurePath,
                            "[c, h, w]",
                            config.autoencoder().latentChannels(),
                            config.latentSize(),
                            config.latentSize());
            return Tensor.cat(0, m.mean(), m.std()).to(DType.BF16).toByteArray();
        });
    }

    private String promptPrefix(MigeDataSet.DataSetTask task) {
        return switch (task) {
            case SUBJECT -> config.prompts().subject();
            case EDIT -> config.prompts().edit();
            case REPLACE, ADD -> config.prompts().subjectEdit();
        };
    }

    /** The corpus's kind that is nearest; it names the curves and the shares. */
    private static TaskKind taskKind(MigeDataSet.DataSetItem item) {
        return switch (item.task()) {
            case SUBJECT ->
                item.referencePaths().size() < 2
                        ? TaskKind.SUBJECT_1
                        : item.referencePaths().size() == 2 ? TaskKind.SUBJECT_2 : TaskKind.SUBJECT_3;
            case EDIT -> TaskKind.REPLACE;
            case REPLACE -> TaskKind.SUBJECT_REPLACE;
            case ADD -> TaskKind.SUBJECT_ADD;
        };
    }
}

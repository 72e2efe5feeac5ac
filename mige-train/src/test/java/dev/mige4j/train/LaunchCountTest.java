package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.tensor.AutogradGraph;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.SimulatedGpu;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.train.auxiliary.AuxiliaryLoss;
import dev.mige4j.train.auxiliary.AuxiliaryLossConfig;
import dev.mige4j.train.config.TrainConfigs;
import dev.mige4j.train.dataset.BatchCollator;
import dev.mige4j.train.dataset.ExampleSampler;
import dev.mige4j.train.dataset.FeatureCache;
import dev.mige4j.train.loss.DiffusionLoss;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.weights.Weights;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The number of operations in the forward pass of a training step of the recipe for a GPU. Each is a launch, and has
 * one to three in the backward pass: some 3,000 in all.
 */
class LaunchCountTest {

    @TempDir
    Path folder;

    @Test
    void aStepHasFewLaunchesWhateverTheBatch() throws Exception {
        SimulatedGpu.runProcess(Steps.class, folder.toString());
    }

    static final class Steps {

        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of(arguments[0]), configFile = folder.resolve("mige.json");
            Files.writeString(
                    configFile,
                    TrainConfigs.loadRecipe(
                                    TrainingRecipe.GPU,
                                    null,
                                    Map.of("vae", "vae", "clip", "clip", "clipEval", "clip-eval", "mige", "mige"),
                                    TrainingRecipe.Config.class)
                            .printStage("mige", 0, MigeTrainingConfig.class));
            MigeTrainingConfig config = TrainConfigs.load("mige", configFile, MigeTrainingConfig.class);
            try (MigeObjective objective = objective(config, folder.resolve("features"))) {
                int small = operations(objective, 0, 2), large = operations(objective, 100, 5);
                assertEquals(small, large, 1); // one more where a text is dropped
                assertTrue(small < 1100, small + " operations");
            }
            System.out.println("passed");
        }

        private static int operations(MigeObjective objective, long firstSample, int count) {
            return Scope.scoped(() -> AutogradGraph.countOperations(
                    objective.loss(firstSample, count).mean()));
        }

        private static MigeObjective objective(MigeTrainingConfig config, Path features) {
            ModelConfig model = config.model();
            DiffusionLoss loss = config.loss().create(NoiseSchedule.linear(), model.predictionType());
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            Weights weights = Weights.fresh(1).recordingInto(tensors);
            List<AuxiliaryLoss> auxiliaryLosses = new ArrayList<>();
            AttentionProcessor fusion = AttentionProcessor.DEFAULT, denoiser = AttentionProcessor.DEFAULT;
            for (AuxiliaryLossConfig auxiliary : config.auxiliary().losses()) {
                AuxiliaryLoss created = auxiliary.create(model, weights);
                auxiliaryLosses.add(created);
                fusion = created.wrapFusionAttention(fusion);
                denoiser = created.wrapDenoiserAttention(denoiser);
            }
            ModelNetworks networks = ModelNetworks.build(model, weights, DType.BF16, fusion, denoiser);
            new FlatParameters(tensors, MigeTraining::isTrainable);
            FeatureCache cache = cache(model, features);
            BatchCollator collator = new BatchCollator(
                    cache,
                    networks.encoder()::layout,
                    1,
                    config.data().draws(),
                    loss::drawTimestep,
                    new BatchCollator.SingleSubject(0, List.of(new int[] {5}, new int[] {6})));
            return new MigeObjective(
                    config,
                    new ForwardPass(model, networks, loss, DType.BF16),
                    auxiliaryLosses,
                    cache,
                    new ExampleSampler(
                            index -> {
                                throw new AssertionError("the features are given");
                            },
                            cache,
                            0,
                            Map.of(),
                            1),
                    collator,
                    null);
        }

        /** Examples with a source and a reference. */
        private static FeatureCache cache(ModelConfig model, Path folder) {
            int grid = model.latentSize() / model.denoiser().patchSize();
            FeatureCache.Spec spec = new FeatureCache.Spec(
                    FeatureCache.FORMAT,
                    "test",
                    model.imageSize(),
                    model.autoencoder().latentChannels(),
                    model.latentSize(),
                    grid,
                    model.encoder().vision().tokens(),
                    model.encoder().vision().width(),
                    4,
                    1,
                    "");
            FeatureCache.RecordSource source = (first, count, end) -> IntStream.range(first, first + count)
                    .mapToObj(i -> new FeatureCache.FeatureRecord(
                            "add",
                            "subject_edit",
                            1,
                            new int[] {1, 2},
                            List.of(new int[] {7}, new int[] {8 + i}, new int[] {9}),
                            IntStream.range(0, grid * grid).toArray(),
                            new byte[model.latentSize() * model.latentSize()],
                            ByteBuffer.allocate(3 * spec.momentBytes()),
                            ByteBuffer.allocate(2 * spec.visionFeatureBytes())))
                    .toList();
            return FeatureCache.open(folder, spec, 4, source, ProgressListener.NONE);
        }
    }
}

package dev.mige4j.train;

import dev.mige4j.denoiser.TimestepEmbedding;
import dev.mige4j.encoder.Conditioning;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.auxiliary.AuxiliaryLoss.EncodedBatch;
import dev.mige4j.train.dataset.TrainingBatch;
import dev.mige4j.train.loss.DiffusionLoss;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** The forward pass of a batch, shared by training and validation: encode, add noise, denoise, compute the loss. */
record ForwardPass(ModelConfig model, ModelNetworks networks, DiffusionLoss diffusionLoss, DType dtype) {

    /** The inputs of the denoiser: of each draw, and the text [B, L, E] of each item. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record DenoiserInputs(Tensor x, Tensor source, Tensor timesteps, Tensor text, int[] lengths) {}

    /** Encodes texts and references, and scales the latents. */
    EncodedBatch encode(TrainingBatch batch) {
        return encoded(
                batch,
                networks.encoder()
                        .encodeWithImageEmbeddings(batch.layouts(), imageEmbeddings(batch), batch.referenceCounts()));
    }

    /**
     * A batch that was encoded with gradient checkpointing.
     *
     * @param surrogate to be called after the {@code backward()} of the batch's loss: a scalar whose {@code backward()}
     *     brings the remaining gradients of the encoder; empty: none remain
     */
    record CheckpointedBatch(EncodedBatch encoded, Supplier<Optional<Tensor>> surrogate) {}

    /** As {@link #encode}, with gradient checkpointing of the text encoder. */
    CheckpointedBatch encodeWithCheckpointing(TrainingBatch batch) {
        MultimodalEncoder.CheckpointedConditioning checkpointed = networks.encoder()
                .encodeWithGradientCheckpointing(batch.layouts(), imageEmbeddings(batch), batch.referenceCounts());
        return new CheckpointedBatch(encoded(batch, checkpointed.conditioning()), checkpointed.surrogate());
    }

    private EncodedBatch encoded(TrainingBatch batch, Conditioning conditioning) {
        double scale = model.autoencoder().scalingFactor();
        return new EncodedBatch(
                batch,
                batch.targetLatents().mul(scale),
                batch.sourceLatents().mul(scale),
                batch.referenceLatents() == null
                        ? null
                        : batch.referenceLatents().mul(scale),
                conditioning);
    }

    /** The embeddings of all references [n, Q, E]; null when n is 0. */
    private Tensor imageEmbeddings(TrainingBatch batch) {
        return batch.visionFeatures() == null
                ? null
                : networks.encoder().fuse(batch.visionFeatures(), batch.referenceLatents());
    }

    /** The losses of the denoiser's prediction for every draw, [B · k]. */
    DiffusionLoss.Losses denoise(EncodedBatch batch) {
        DiffusionLoss.NoisyLatents noisy = addNoise(batch);
        DenoiserInputs in = denoiserInputs(batch, noisy);
        Tensor prediction = networks.denoiser().forward(in.x, in.source, in.timesteps, in.text, in.lengths);
        return diffusionLoss.compute(prediction.to(DType.F32), noisy);
    }

    /** The same with gradient checkpointing: a scalar made of the losses by {@code reduce}. */
    Tensor denoiseWithCheckpointing(EncodedBatch batch, Function<DiffusionLoss.Losses, Tensor> reduce) {
        DiffusionLoss.NoisyLatents noisy = addNoise(batch);
        DenoiserInputs in = denoiserInputs(batch, noisy);
        UnaryOperator<Tensor> loss = prediction -> reduce.apply(diffusionLoss.compute(prediction.to(DType.F32), noisy));
        return networks.denoiser().gradientCheckpointedLoss(in.x, in.source, in.timesteps, in.text, in.lengths, loss);
    }

    private DiffusionLoss.NoisyLatents addNoise(EncodedBatch encoded) {
        TrainingBatch batch = encoded.batch();
        Tensor latents = encoded.latents().repeatInterleave(batch.draws(), 0);
        return new DiffusionLoss.NoisyLatents(
                latents,
                batch.noise(),
                diffusionLoss.addNoise(latents, batch.noise(), batch.timesteps()),
                batch.timesteps(),
                batch.mask().repeatInterleave(batch.draws(), 0));
    }

    private DenoiserInputs denoiserInputs(EncodedBatch encoded, DiffusionLoss.NoisyLatents noisy) {
        return new DenoiserInputs(
                noisy.noisy().to(dtype),
                encoded.sourceLatents()
                        .repeatInterleave(encoded.batch().draws(), 0)
                        .to(dtype),
                roundTimesteps(noisy.timesteps()),
                dropText(encoded),
                encoded.conditioning().lengths());
    }

    /** Replaces the text of items that lost it by the null text [B, L, E]. */
    private Tensor dropText(EncodedBatch encoded) {
        Tensor text = encoded.conditioning().states();
        if (!encoded.batch().anyTextDropped()) return text;
        Tensor nullText = networks.denoiser()
                .nullText()
                .narrow(0, 0, text.size(1))
                .unsqueeze(0)
                .typeAs(text);
        return Tensor.where(encoded.batch().textKept().gt(0.5), text, nullText);
    }

    /** Timesteps as the network receives them at inference: the published model rounds them to bfloat16. */
    private Tensor roundTimesteps(int[] timesteps) {
        Tensor exact = Tensor.of(timesteps, timesteps.length).to(DType.F32);
        return model.timestepRounding() == TimestepEmbedding.TimestepRounding.NONE
                ? exact
                : exact.to(DType.BF16).to(DType.F32);
    }
}

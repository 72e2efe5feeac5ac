package dev.mige4j.pipeline;

import dev.mige4j.image.Image;
import dev.mige4j.sampler.Guidance;
import dev.mige4j.sampler.GuidanceInterval;
import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.task.Task;
import dev.mige4j.text.Prompt;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The arithmetic of a request, unit by unit in the order of the computation. A unit is what a
 * {@link GenerationListener} counts: an image or the text of the instruction, a solver step, a decoded image.
 */
record RequestWork(List<Unit> units) {

    /** The networks, which reach different speeds. */
    enum Network {
        AUTOENCODER,
        VISION_ENCODER,
        TEXT_ENCODER,
        DENOISER
    }

    /** Floating-point operations of one network. */
    record Part(Network network, double flops) {}

    /** One unit of a stage; its parts are in the order of the computation. */
    record Unit(Stage stage, List<Part> parts) {
        static Unit of(Stage stage, Network network, double flops) {
            return new Unit(stage, List.of(new Part(network, flops)));
        }

        double flops() {
            return parts.stream().mapToDouble(Part::flops).sum();
        }
    }

    RequestWork {
        units = List.copyOf(units);
    }

    /** @param settings resolved: every optional value is present */
    static RequestWork of(ModelComponents components, Task task, Settings settings) {
        InferenceProtocol protocol = InferenceProtocol.of(settings);
        Prompt prompt = protocol.prompt(task, components);
        ModelConfig config = components.config();
        int length = config.encoder()
                .layout(prompt.segments().stream()
                        .map(components.tokenizer()::encode)
                        .toList())
                .length();
        List<Unit> units = encoding(config, task, prompt.images(), length);
        List<Unit> steps = denoising(config, protocol, task, settings, length);
        Unit decoding = decoding(config, task, settings);
        for (int i = 0; i < settings.count(); i++) {
            units.addAll(steps);
            units.add(decoding);
        }
        return new RequestWork(units);
    }

    /** One unit for each image, and one for the text with all its images. */
    private static List<Unit> encoding(ModelConfig config, Task task, List<Image> images, int length) {
        double encodeImage = NetworkFlops.encodeImage(config.autoencoder(), config.imageSize());
        double source = task.source().isPresent() ? encodeImage : 0; // before everything else
        List<Unit> units = new ArrayList<>();
        for (Image image : images) {
            boolean isSource = task.source().filter(image::equals).isPresent();
            units.add(Unit.of(Stage.ENCODING, Network.AUTOENCODER, source + (isSource ? 0 : encodeImage)));
            source = 0;
        }
        units.add(new Unit(
                Stage.ENCODING,
                List.of(
                        new Part(Network.AUTOENCODER, source),
                        new Part(Network.VISION_ENCODER, images.size() * NetworkFlops.embedImage(config)),
                        new Part(
                                Network.TEXT_ENCODER,
                                NetworkFlops.encodeText(config.encoder().text(), length)))));
        return units;
    }

    /** The solver steps of one image. The preparation before the first step is less than a hundredth of a step. */
    private static List<Unit> denoising(
            ModelConfig config, InferenceProtocol protocol, Task task, Settings settings, int length) {
        Guidance guidance = new Guidance(
                settings.guidance().getAsDouble(), settings.imageGuidance().getAsDouble());
        int branches = protocol.branches(task, guidance).size(),
                steps = settings.steps().getAsInt();
        Optional<GuidanceInterval> interval = protocol.guidanceInterval(config);
        NoiseSchedule schedule = NoiseSchedule.linear();
        float[] times = protocol.timeGrid(config).times(schedule, steps);
        List<Unit> units = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            double timestep = schedule.modelTimestep(times[i]);
            boolean guided = interval.isEmpty() || interval.get().contains(timestep);
            units.add(Unit.of(
                    Stage.DENOISING,
                    Network.DENOISER,
                    NetworkFlops.denoise(config.denoiser(), guided ? branches : 1, length)));
        }
        return units;
    }

    private static Unit decoding(ModelConfig config, Task task, Settings settings) {
        boolean decodesSource = task.source().isPresent()
                && !settings.faithful()
                && settings.region().orElseThrow().equals(Region.AUTO);
        double decodeImage = NetworkFlops.decodeImage(config.autoencoder(), config.imageSize());
        return Unit.of(Stage.DECODING, Network.AUTOENCODER, decodesSource ? 2 * decodeImage : decodeImage);
    }

    /** The number of units of a stage. */
    int count(Stage stage) {
        return (int) units.stream().filter(unit -> unit.stage() == stage).count();
    }

    /** The operations of each network. */
    Map<Network, Double> total() {
        Map<Network, Double> total = new EnumMap<>(Network.class);
        for (Unit unit : units) for (Part part : unit.parts()) total.merge(part.network(), part.flops(), Double::sum);
        return total;
    }
}

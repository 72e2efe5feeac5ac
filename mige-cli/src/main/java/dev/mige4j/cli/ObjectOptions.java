package dev.mige4j.cli;

import dev.mige4j.photos.annotation.AnnotatedObjects;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.annotation.PhotoAnnotations;
import dev.mige4j.photos.segmentation.AutomaticMasks;
import dev.mige4j.photos.segmentation.SaliencyGrabCut;
import dev.mige4j.photos.segmentation.SalientObjectModel;
import dev.mige4j.photos.segmentation.SegmentAnythingModel;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.PhotoStage;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Where the objects of photographs come from. */
final class ObjectOptions implements AutoCloseable {

    @ArgGroup(multiplicity = "0..1")
    private Source source;

    private Runnable close = () -> {};

    private static final class Source {

        @Option(
                names = "--annotations",
                paramLabel = "FILE",
                description =
                        "The objects of the photographs: a JSON file of COCO or LVIS, or a folder with a JSON file for"
                                + " each photograph, as in SA-1B. Default: the object that stands out against a calm"
                                + " background, found without a model.")
        private Path annotations;

        @Option(
                names = "--u2net",
                paramLabel = "FILE",
                description = "Find the salient object with a model like U²-Net, in ONNX format (MIGE_PROFILES=onnx).")
        private Path u2Net;

        @Option(names = "--isnet", paramLabel = "FILE", description = "The same with a model like IS-Net.")
        private Path isNet;

        @Option(
                names = "--segment-anything",
                arity = "2",
                paramLabel = "FILE",
                description = "Find all objects with the Segment Anything Model: its encoder and its decoder in ONNX"
                        + " format (MIGE_PROFILES=onnx).")
        private List<Path> segmentAnything;
    }

    /** Opens the annotations or the model, and puts what masks depend on into {@code settings}. */
    PhotoStage<Photo, List<ObjectMask>> open(SortedMap<String, String> settings) {
        if (source == null) {
            settings.put("masks", "saliency and GrabCut");
            return new SaliencyGrabCut();
        }
        if (source.annotations != null) {
            settings.put("annotations", PhotoRunOptions.hash(source.annotations));
            return new AnnotatedObjects(PhotoAnnotations.open(source.annotations));
        }
        if (source.segmentAnything != null) {
            Path encoder = source.segmentAnything.get(0), decoder = source.segmentAnything.get(1);
            SegmentAnythingModel model = new SegmentAnythingModel(encoder, decoder);
            close = model::close;
            settings.put("masks", PhotoRunOptions.hash(encoder) + " " + PhotoRunOptions.hash(decoder));
            return new AutomaticMasks(model, AutomaticMasks.Config.DEFAULT);
        }
        Path file = source.u2Net != null ? source.u2Net : source.isNet;
        SalientObjectModel model = new SalientObjectModel(
                file, source.u2Net != null ? SalientObjectModel.Family.U2_NET : SalientObjectModel.Family.IS_NET);
        close = model::close;
        settings.put("masks", PhotoRunOptions.hash(file));
        return model;
    }

    @Override
    public void close() {
        close.run();
    }
}

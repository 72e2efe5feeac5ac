package dev.mige4j.cli;

import dev.mige4j.photos.ReplacePairs;
import dev.mige4j.photos.ReplacePipeline;
import dev.mige4j.photos.annotation.AnnotatedObjects;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.annotation.PhotoAnnotations;
import dev.mige4j.photos.cutout.ObjectCutter;
import dev.mige4j.photos.cutout.PhotoFilter;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.PhotoStage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mige data replace}: samples that replace an object of a photograph. */
@Command(
        name = "replace",
        description = "Makes samples that replace an object, from pairs of photographs that differ in one object: the"
                + " new object is cut out of the target.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nPairs (object may be missing):%n",
        footer = {
            "  {\"source\": \"a.jpg\", \"target\": \"b.jpg\", \"replaced\": \"rose\", \"object\": \"tulip\"}",
            "  {\"image\": \"b.jpg\", \"source_path\": [\"a.jpg\"], \"multi_prompt\": \"Turn the rose into a tulip\"}",
            "",
            "Examples:",
            "  mige data replace --photos photos --pairs pairs.json -o data",
            "  mige data replace --photos photos --pairs pairs.json --annotations targets.json -o data"
        })
final class DataReplaceCommand implements Callable<Integer> {

    @Mixin
    private PhotoRunOptions runOptions;

    @Option(
            names = "--pairs",
            paramLabel = "FILE",
            required = true,
            description = "A JSON list of pairs, or one pair per line; paths are relative to --photos. Records whose"
                    + " instruction does not replace an object are dropped.")
    private Path pairs;

    @Option(
            names = "--annotations",
            paramLabel = "FILE",
            description = "The objects of the targets, as for mige data add. Default: the region in which source and"
                    + " target differ.")
    private Path annotations;

    @Override
    public Integer call() {
        SortedMap<String, String> settings = new TreeMap<>();
        PhotoFilter filter = runOptions.filter();
        ObjectCutter cutter = ObjectCutter.DEFAULT;
        settings.put("filter", filter.toString());
        settings.put("choice", ReplacePipeline.CHOICE.toString());
        settings.put("cutOut", cutter.toString());
        settings.put("annotations", annotations == null ? "changed region" : PhotoRunOptions.hash(annotations));
        Optional<PhotoStage<Photo, List<ObjectMask>>> masks =
                Optional.ofNullable(annotations).map(file -> new AnnotatedObjects(PhotoAnnotations.open(file)));
        ReplacePipeline pipeline =
                new ReplacePipeline(new ReplacePipeline.Stages(filter, masks, ReplacePipeline.CHOICE, cutter));
        runOptions.run(pipeline, ReplacePairs.read(pairs), settings);
        return 0;
    }
}

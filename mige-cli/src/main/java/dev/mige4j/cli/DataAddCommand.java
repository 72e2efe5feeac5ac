package dev.mige4j.cli;

import dev.mige4j.photos.AddItem;
import dev.mige4j.photos.AddPipeline;
import dev.mige4j.photos.PhotoFolder;
import dev.mige4j.photos.inpainting.Inpainter;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mige data add}: samples that add an object to a photograph. */
@Command(
        name = "add",
        description = "Makes samples that add an object: one object of each photograph is cut out and removed, and an"
                + " instruction puts it back.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige data add --photos photos --annotations instances_train2017.json -o data",
            "  mige data add --photos photos --annotations sa-1b --format jpeg -o data      (run again to resume)",
            "  mige data add --photos photos -o data        (the object that stands out, without annotations)",
            "  mige data add --photos thumbnails --min-side 180 -o data      (small photographs, too)",
            "  mige data add --photos photos --segment-anything encoder.onnx decoder.onnx -o data"
        })
final class DataAddCommand implements Callable<Integer> {

    @Mixin
    private PhotoRunOptions runOptions;

    @Mixin
    private ObjectOptions objectOptions;

    @Option(
            names = "--inpainting",
            paramLabel = "METHOD",
            defaultValue = "patches",
            description = "What fills the place of the object: patches, which continues textures; telea or"
                    + " navier-stokes, faster, which smear; or a model such as LaMa, FILE.onnx."
                    + " Default: ${DEFAULT-VALUE}.")
    private String inpainting;

    @Mixin
    private NamingOptions namingOptions;

    @Override
    public Integer call() {
        SortedMap<String, String> settings = new TreeMap<>();
        try (ObjectOptions objects = objectOptions) {
            NamingOptions.Naming naming = namingOptions.naming(settings);
            AddPipeline.Stages stages = AddPipeline.Stages.withDefaults(
                    runOptions.filter(),
                    objects.open(settings),
                    naming.name(),
                    naming.instruction(),
                    Inpainter.of(inpainting));
            settings.put("filter", stages.filter().toString());
            settings.put("choice", stages.choice().toString());
            settings.put("cutOut", stages.cutOut().toString());
            settings.put("removal", stages.removal().toString());
            List<AddItem> items = PhotoFolder.list(runOptions.photos()).stream()
                    .map(AddItem::new)
                    .toList();
            runOptions.run(new AddPipeline(stages), items, settings);
        }
        return 0;
    }
}

package dev.mige4j.photos.report;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.report.HtmlReport;
import dev.mige4j.eval.report.Thumbnails;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.photos.DecisionList;
import dev.mige4j.photos.ItemDecision;
import dev.mige4j.photos.ItemFiles;
import dev.mige4j.photos.PhotoFolder;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The report on a run: what was kept and dropped, distributions of the measures, the first samples, and the first
 * dropped photographs of each reason. The HTML file contains its images as thumbnails and needs no other file.
 */
public final class PhotoReport {

    private static final int THUMBNAIL = 180;

    private static final TemplateEngine TEMPLATES = TemplateEngine.createPrecompiled(
            null, ContentType.Html, PhotoReport.class.getClassLoader(), PhotoReport.class.getPackageName());

    private final ItemFiles files;
    private final Optional<Path> photos;
    private final Thumbnails thumbnails = new Thumbnails(THUMBNAIL, 0.85f);

    /**
     * A report on the files of a run.
     *
     * @param photos the folder of photographs, for those that were dropped; empty to leave them out
     */
    public PhotoReport(ItemFiles files, Optional<Path> photos) {
        this.files = files;
        this.photos = photos;
    }

    /**
     * Writes {@code report.html} and {@code contact-sheet.jpg} into the folder of the task.
     *
     * @param samples number of kept items to show
     * @param droppedPerReason number of dropped items to show for each reason
     * @return the HTML file
     */
    public Path write(int samples, int droppedPerReason) {
        RunSummary summary = RunSummary.of(DecisionList.of(files.root(), files.task()), samples, droppedPerReason);
        Path folder = files.root().resolve(files.task().folder()), html = folder.resolve("report.html");
        StringOutput page = new StringOutput();
        TEMPLATES.render(
                "photos.jte", Map.of("summary", summary, "report", this, "style", HtmlReport.styleSheet()), page);
        AtomicFile.write(html, page.toString());
        if (!summary.samples().isEmpty())
            AtomicFile.write(
                    folder.resolve("contact-sheet.jpg"),
                    PhotoContactSheet.of(summary.samples().stream()
                                    .map(this::imagesOf)
                                    .toList())
                            .toBytes(ImageEncoding.of(ImageFormat.JPEG), Map.of()));
        return html;
    }

    /** The title of the page. */
    public String title() {
        return "Photographs: " + files.task().folder();
    }

    /** Source, target and object of a kept item. */
    private List<Image> imagesOf(ItemDecision decision) {
        String key = decision.key();
        return List.of(read(files.source(key)), read(files.target(key)), read(files.object(key)));
    }

    private Image read(String path) {
        return Image.read(files.root().resolve(path));
    }

    /** Source, target and object of a kept item as {@code data:} URIs. */
    public List<String> thumbnails(ItemDecision decision) {
        return imagesOf(decision).stream().map(thumbnails::dataUri).toList();
    }

    /** The photograph of a dropped item as a {@code data:} URI; empty when it is not at hand. */
    public Optional<String> photograph(ItemDecision decision) {
        try {
            return photos.map(folder -> thumbnails.dataUri(
                    Image.read(PhotoFolder.resolve(folder, decision.photos().get(0)))));
        } catch (UsageException e) {
            return Optional.empty(); // the reason may be that it cannot be read
        }
    }
}

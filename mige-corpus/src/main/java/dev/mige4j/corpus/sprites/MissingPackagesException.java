package dev.mige4j.corpus.sprites;

import dev.mige4j.common.UsageException;
import java.nio.file.Path;
import java.util.List;

/** Thrown when the corpus folder lacks icon packages that must be downloaded first. */
public final class MissingPackagesException extends UsageException {

    /** {@code packages} are the names of the packages that {@code folder} lacks. */
    public MissingPackagesException(Path folder, List<String> packages) {
        super(
                packages.size() == AssetPackages.all().size()
                        ? "There are no icon packages in %1$s."
                        : "The corpus folder %1$s lacks the icon packages %2$s.",
                folder,
                String.join(", ", packages));
    }
}

package dev.mige4j.common;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Home and cache folder of the user, also in containers whose user has no entry in passwd ({@code user.home} is then
 * {@code ?}) or no home folder that can be written.
 *
 * <p>Source of {@code XDG_CACHE_HOME}: XDG Base Directory Specification.
 */
public final class UserFolders {

    private final Map<String, String> environment;
    private final String userHome;
    private final Path temporary;

    /**
     * {@code userHome} and {@code temporary} are the system properties {@code user.home} and {@code java.io.tmpdir}.
     */
    UserFolders(Map<String, String> environment, String userHome, Path temporary) {
        this.environment = environment;
        this.userHome = userHome;
        this.temporary = temporary;
    }

    /** The folders of the user who runs this process. */
    public static UserFolders current() {
        return new UserFolders(
                System.getenv(), System.getProperty("user.home"), Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** {@code user.home}, or {@code $HOME} where that is no folder; {@link #cache} if neither is one. */
    public Path home() {
        return homes().findFirst().orElseGet(this::cache);
    }

    /**
     * The folder for files that can be made or downloaded again. It need not exist. The first of these that can be
     * written:
     *
     * <pre>
     *   $XDG_CACHE_HOME
     *   ~/.cache            in user.home, then in $HOME
     *   mige-cache-USER     in the temporary folder, accessible to the user only
     * </pre>
     *
     * @throws UsageException when none can be written, or the last one belongs to another user
     */
    public Path cache() {
        Stream<Path> configured = absolute(environment.get("XDG_CACHE_HOME")).stream();
        return Stream.concat(configured, homes().map(home -> home.resolve(".cache")))
                .filter(UserFolders::isWritable)
                .findFirst()
                .orElseGet(this::temporaryCache);
    }

    /** Whether files can be created in the folder, which need not exist. */
    public static boolean isWritable(Path folder) {
        Path existing = folder;
        while (existing != null && Files.notExists(existing)) existing = existing.getParent();
        return existing != null && Files.isDirectory(existing) && Files.isWritable(existing);
    }

    private Stream<Path> homes() {
        return Stream.of(absolute(userHome), absolute(environment.get("HOME")))
                .flatMap(Optional::stream)
                .filter(Files::isDirectory);
    }

    /** A relative path, such as {@code ?}, would be below the working directory. */
    private static Optional<Path> absolute(String path) {
        try {
            return Optional.ofNullable(path).map(Path::of).filter(Path::isAbsolute);
        } catch (InvalidPathException e) {
            return Optional.empty(); // not in the encoding of the locale
        }
    }

    private Path temporaryCache() {
        try {
            Path probe = Files.createTempFile(temporary, "mige", "");
            UserPrincipal user = Files.getOwner(probe);
            Files.delete(probe);
            Path folder = temporary.resolve("mige-cache-" + user.getName().replaceAll("[^\\w.-]", "_"));
            try {
                Files.createDirectory(
                        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (FileAlreadyExistsException e) {
                checkPrivate(folder, user);
            }
            return folder;
        } catch (IOException | UnsupportedOperationException e) {
            List<String> tried = Stream.of(environment.get("XDG_CACHE_HOME"), userHome, environment.get("HOME"))
                    .filter(Objects::nonNull)
                    .distinct()
                    .toList();
            throw new UsageException(
                    "There is no folder for cached files: neither the home folder (%s) nor %s can be written; set the"
                            + " environment variable XDG_CACHE_HOME to a folder that can.",
                    String.join(", ", tried), temporary, e);
        }
    }

    /** Native libraries are loaded from the cache, so nobody else may have put files there. */
    private static void checkPrivate(Path folder, UserPrincipal user) throws IOException {
        boolean isPrivate = Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(user)
                && PosixFilePermissions.toString(Files.getPosixFilePermissions(folder))
                        .endsWith("------");
        if (!isPrivate)
            throw new UsageException(
                    "%s is not a folder that only the user %s can access; delete it, or set the environment variable"
                            + " XDG_CACHE_HOME to a writable folder.",
                    folder, user.getName());
    }
}

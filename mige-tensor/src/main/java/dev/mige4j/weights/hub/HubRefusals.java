package dev.mige4j.weights.hub;

import dev.mige4j.common.http.DownloadClient;
import java.net.URI;

/**
 * Says what the refusals of a hub mean. A hub answers 401 both for a repository that needs a token and for one that
 * does not exist, unless {@code X-Error-Code} tells more.
 *
 * @param repository {@code OWNER/NAME}
 * @param hasToken whether the client has an access token
 */
record HubRefusals(URI endpoint, String repository, String revision, boolean hasToken)
        implements DownloadClient.RefusalMessage {

    @Override
    public String of(URI url, int status, String errorCode) {
        return switch (status) {
            case 401, 403 -> accessDenied(status, errorCode);
            case 404 -> notFound(url, errorCode);
            default -> url + ": the server responds " + status + ", expected 200";
        };
    }

    private String accessDenied(int status, String errorCode) {
        String licence = "accept its licence at " + endpoint + "/" + repository;
        String token = (hasToken ? "check that HF_TOKEN is" : "set HF_TOKEN to") + " an access token from " + endpoint
                + "/settings/tokens that may read it";
        if (errorCode.equals("GatedRepo"))
            return "%s: the repository is gated (%d). Log in and %s; then %s."
                    .formatted(repository, status, licence, token);
        return ("%s: access denied (%d): the repository does not exist, is private, or is gated. Check the name;"
                        + " if it is gated, %s; then %s.")
                .formatted(repository, status, licence, token);
    }

    private String notFound(URI url, String errorCode) {
        String path = url.getPath(), filePrefix = "/" + repository + "/resolve/" + revision + "/";
        int file = path.indexOf(filePrefix);
        if (errorCode.equals("RepoNotFound"))
            return "%s: the hub has no repository '%s' (404). Check the name.".formatted(endpoint, repository);
        if (errorCode.equals("RevisionNotFound"))
            return "%s: the repository has no revision '%s' (404). Choose a branch, tag or commit with --revision."
                    .formatted(repository, revision);
        if (file >= 0)
            return "%s: the revision '%s' has no file '%s' (404), although it is listed. Try again later."
                    .formatted(repository, revision, path.substring(file + filePrefix.length()));
        return "%s: the hub has no repository '%s', or the repository has no revision '%s' (404). Check both."
                .formatted(endpoint, repository, revision);
    }
}

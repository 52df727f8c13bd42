// Java 17 or newer and nothing else: java Client.java
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

public class Client {
    public static void main(String[] arguments) throws Exception {
        String boundary = UUID.randomUUID().toString();
        var body = new ByteArrayOutputStream();
        var fields = Map.of(
            "api_key", System.getenv("MEGVII_API_KEY"),
            "api_secret", System.getenv("MEGVII_API_SECRET"),
            "return_portrait", "0");
        for (var field : fields.entrySet()) {
            part(body, boundary, "name=\"" + field.getKey() + "\"", field.getValue().getBytes(StandardCharsets.UTF_8));
        }
        part(body, boundary, "name=\"image\"; filename=\"front.jpg\"", Files.readAllBytes(Path.of("front.jpg")));
        body.writeBytes(("--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8));

        // the address is the only difference from production
        HttpRequest request = HttpRequest.newBuilder(URI.create("{{url}}/faceid/v3/ocridcard"))
            .header("Content-Type", "multipart/form-data; boundary=" + boundary)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
            .build();
        HttpResponse<String> reply = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(reply.statusCode() + " " + reply.body());
    }

    private static void part(ByteArrayOutputStream body, String boundary, String names, byte[] value) {
        String head = "--" + boundary + "\r\nContent-Disposition: form-data; " + names + "\r\n\r\n";
        body.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        body.writeBytes(value);
        body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
    }
}

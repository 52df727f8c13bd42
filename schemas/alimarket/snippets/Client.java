// Java 17 or newer and nothing else: java Client.java
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

public class Client {
    public static void main(String[] arguments) throws Exception {
        String image = Base64.getEncoder().encodeToString(Files.readAllBytes(Path.of("front.jpg")));
        String body = "{\"image\": \"data:image/jpeg;base64," + image + "\"}";
        // the address is the only difference from production
        HttpRequest request = HttpRequest.newBuilder(URI.create("{{url}}/idcard/ocr"))
            .header("Authorization", "APPCODE " + System.getenv("ALIMARKET_APPCODE"))
            .header("Content-Type", "application/json; charset=utf-8")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
        HttpResponse<String> reply = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        // the gateway refuses in headers, the seller in the body
        System.out.println(reply.statusCode() + " " + reply.headers().firstValue("X-Ca-Error-Message").orElse(""));
        System.out.println(reply.body());
    }
}

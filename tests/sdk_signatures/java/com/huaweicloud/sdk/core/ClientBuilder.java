// huaweicloud/huaweicloud-sdk-java-v3, core/src/main/java/com/huaweicloud/sdk/core/ClientBuilder.java, version 3.1.27 and later
package com.huaweicloud.sdk.core;

import com.huaweicloud.sdk.core.auth.ICredential;
import java.util.List;

public class ClientBuilder<T> {
    public ClientBuilder<T> withCredential(ICredential credential) {
        return this;
    }

    @Deprecated
    public ClientBuilder<T> withEndpoint(String endpoint) {
        return this;
    }

    public ClientBuilder<T> withEndpoints(List<String> endpoints) {
        return this;
    }

    public T build() {
        throw new UnsupportedOperationException("signatures only");
    }
}

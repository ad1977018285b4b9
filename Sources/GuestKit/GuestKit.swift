// SPDX-License-Identifier: Apache-2.0

/// Provides what guests boot: stock kernels and an initrd, made from the distribution's packages and kept in a cache.
///
/// What the cache holds already costs a few system calls and no network access. All of it works for any user.
package struct GuestKit: Sendable {
    package let cache: CacheFolder
    let progress: Progress
    var source: PackageSource { PackageSource(progress: progress) }

    package init(cache: CacheFolder, progress: Progress = Progress()) {
        self.cache = cache
        self.progress = progress
    }

    /// The cache's kernel of a flavour; fetched where there is none, or where `refresh` asks for the newest.
    package func kernel(_ flavour: Flavour, refresh: Bool = false) throws(GuestKitError) -> Kernel {
        let link = "\(cache.path)/\(flavour.rawValue)"
        if !refresh, let kernel = linkedKernel(link) { return kernel }
        // The modules' index is made by busybox; the cache's lock cannot be taken twice.
        let busybox = try busybox()
        return try cache.prepare(progress: progress) { work throws(GuestKitError) in
            if !refresh, let kernel = linkedKernel(link) { return kernel }
            let candidate = try source.candidate(for: try source.dependency(of: flavour.packageName))
            let kernel = try install(candidate, work, busybox)
            try Files.link(link, to: candidate.identity)
            return kernel
        }
    }

    /// The path of a statically linked busybox; it is not installed.
    package func busybox() throws(GuestKitError) -> String {
        let path = "\(cache.path)/busybox"
        if Files.isExecutable(path) { return path }
        return try cache.prepare(progress: progress) { work throws(GuestKitError) in
            if Files.isExecutable(path) { return path }
            let candidate = try source.candidate(for: "busybox-static")
            try source.unpack(try source.download(candidate, into: work), of: candidate, into: work)
            guard let program = ["bin/busybox", "usr/bin/busybox"].first(where: { Files.exists("\(work)/\($0)") })
            else { throw .missingFile("busybox", package: candidate.name) }
            try Files.move("\(work)/\(program)", to: path)
            return path
        }
    }

    /// A file that is made from a kernel and kept beside it; `make` is called where it is missing.
    ///
    /// - Parameter name: Changes with what `make` would produce.
    package func derivedFile(
        _ name: String, of kernel: Kernel, make: () throws(GuestKitError) -> [UInt8]
    ) throws(GuestKitError) -> String {
        let path = "\(kernel.folder)/\(name)"
        if !Files.exists(path) { try Files.write(try make(), to: path) }
        return path
    }

    private func linkedKernel(_ link: String) -> Kernel? {
        Files.linkTarget(link).flatMap { Kernel(folder: "\(cache.path)/\($0)") }
    }

    /// Fetches and unpacks a kernel's package below `work` and moves it into the cache when it is complete.
    private func install(
        _ candidate: PackageSource.Candidate, _ work: String, _ busybox: String
    ) throws(GuestKitError) -> Kernel {
        let target = "\(cache.path)/\(candidate.identity)"
        if let kernel = Kernel(folder: target) { return kernel }
        let tree = "\(work)/tree"
        try Files.makeFolders(tree)
        let file = try source.download(candidate, into: work)
        try source.unpack(file, of: candidate, into: tree, exclusions: Self.unusedDrivers)
        if !Files.exists("\(tree)/lib/modules"), Files.exists("\(tree)/usr/lib/modules") {
            try Files.link("\(tree)/lib", to: "usr/lib")
        }
        guard let image = Files.names(in: "\(tree)/boot").first(where: { $0.hasPrefix("vmlinuz-") }) else {
            throw .missingFile("boot/vmlinuz", package: candidate.name)
        }
        try Files.move("\(tree)/boot/\(image)", to: "\(tree)/vmlinuz")
        progress.say("unpacking the kernel")
        try KernelUnpacking.unpack("\(tree)/vmlinuz", to: "\(tree)/vmlinux", work: work)
        let release = String(image.dropFirst("vmlinuz-".count))
        try Tool.run(busybox, ["depmod", "-b", tree, release], package: "busybox-static")
        try Files.move(tree, to: target)
        guard let kernel = Kernel(folder: target) else { throw .missingFile("modules", package: candidate.name) }
        progress.say("\(candidate.identity) is ready")
        return kernel
    }

    /// Folders of hardware that no virtual machine has; they are most of a generic kernel's bytes.
    private static let unusedDrivers = [
        "*/kernel/sound", "*/drivers/gpu", "*/drivers/media", "*/drivers/infiniband", "*/drivers/staging",
        "*/drivers/iio", "*/drivers/hwmon", "*/drivers/isdn", "*/drivers/bluetooth", "*/net/wireless",
        "*/net/bluetooth", "*/drivers/platform", "*/drivers/usb", "*/drivers/comedi", "*/drivers/leds",
        "*/ethernet/*", "*/usr/share/*",
    ]
}
